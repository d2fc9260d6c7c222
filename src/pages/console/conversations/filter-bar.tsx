/**
 * Search, and which turns are listed. What is chosen stands in the page's address.
 */

import { useQuery } from 'convex/react';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { api } from '../shell/api.ts';
import type { TurnFilters } from './filters.ts';

/** So long nothing is typed, before it is searched. */
const PAUSE_MS = 250;

interface FilterBarProps {
  filters: TurnFilters;
  onChange(filters: TurnFilters): void;
}

export function FilterBar({ filters, onChange }: FilterBarProps) {
  const devices = useQuery(api.devices.list, {})?.map(({ name }) => name) ?? [];
  const { device, hasError, search, upTo } = filters;
  // One that was deleted, or of somebody's address, is a choice, too.
  const names = device !== undefined && !devices.includes(device) ? [device, ...devices] : devices;
  return (
    <search class="filter-bar">
      <SearchField
        search={search ?? ''}
        onSearch={(words) => onChange({ ...without(filters, 'search'), ...(words && { search: words }) })}
      />
      <select
        aria-label="Device"
        value={device ?? ''}
        onChange={({ currentTarget: { value } }) =>
          onChange({ ...without(filters, 'device'), ...(value && { device: value }) })
        }
      >
        <option value="">All devices</option>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
      <button
        type="button"
        aria-pressed={hasError === true}
        onClick={() => onChange({ ...without(filters, 'hasError'), ...(!hasError && { hasError: true }) })}
      >
        Errors
      </button>
      <label class="up-to">
        <span class="quiet">Up to</span>
        <input
          type="date"
          aria-label="Up to this day"
          value={upTo ?? ''}
          onChange={({ currentTarget: { value } }) =>
            onChange({ ...without(filters, 'upTo'), ...(value && { upTo: value }) })
          }
        />
      </label>
    </search>
  );
}

function without(filters: TurnFilters, key: keyof TurnFilters): TurnFilters {
  const { [key]: _, ...others } = filters;
  return others;
}

function SearchField({ search, onSearch }: { search: string; onSearch(words: string): void }) {
  const [typed, setTyped] = useState(search);
  useEffect(() => setTyped(search), [search]);
  useEffect(() => {
    if (typed.trim() === search) return;
    const timer = setTimeout(() => onSearch(typed.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  });
  return (
    <span class="search-field">
      <Icon path={icons.searchIcon} />
      <input
        type="search"
        aria-label="Search in what was said"
        placeholder="Search in what was said"
        maxLength={200}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </span>
  );
}
