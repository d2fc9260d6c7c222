/**
 * How long the rows of each table are stored.
 */
import { useMutation } from 'convex/react';
import type { FunctionReturnType } from 'convex/server';
import { useEffect, useState } from 'preact/hooks';
import { countText } from '../../design/formats.ts';
import { api } from '../shell/api.ts';
import { useIsOperator } from '../shell/cloud.tsx';
import { useChange } from './use-change.ts';

type LimitedTable = FunctionReturnType<typeof api.retention.get>['tables'][number];

/** What people decide about; the other tables are the cloud's own. */
const NAMES: Partial<Record<LimitedTable['table'], { name: string; hint: string }>> = {
  recordings: { name: 'Recordings', hint: 'The sound of what was said to a device' },
  turns: { name: 'Conversations', hint: 'The words of both sides, latency and errors; with the recording' },
  messages: { name: 'Memory', hint: 'What the assistant remembers of earlier conversations' },
  summaries: { name: 'Summaries', hint: 'What the assistant remembers in short of what is older' },
  announcements: { name: 'Announcements', hint: 'What a device was told to say' },
  rings: { name: 'Reminders that rang', hint: 'Timers, alarms and reminders of the past' },
  reports: { name: 'Reports', hint: 'Figures that devices report of themselves' },
  sessions: { name: 'Sessions', hint: 'When a device was connected' },
};

export function Retention({ tables }: { tables: readonly LimitedTable[] }) {
  const shown = Object.keys(NAMES).flatMap((table) => tables.find((each) => each.table === table) ?? []);
  return (
    <section class="card" aria-labelledby="retention">
      <header>
        <h2 id="retention">How long it is stored</h2>
      </header>
      <p class="quiet">What is older is deleted within six hours.</p>
      <ul class="list">
        {shown.map((table) => (
          <li key={table.table}>
            <Days {...table} />
          </li>
        ))}
      </ul>
    </section>
  );
}

const MAX_DAYS = 36_500;

function Days({ table, days }: LimitedTable) {
  const set = useMutation(api.retention.set);
  const { isBusy, run } = useChange();
  const isOperator = useIsOperator();
  const [typed, setTyped] = useState(String(days));
  useEffect(() => setTyped(String(days)), [days]);
  const { name = table, hint = '' } = NAMES[table] ?? {};
  const wanted = Number(typed);
  const isValid = typed.trim() !== '' && wanted > 0 && wanted <= MAX_DAYS;

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (!isValid || wanted === days) return;
    await run(() => set({ table, days: wanted }), `${name} are stored for ${countText(wanted, 'day')}.`);
  }

  return (
    <form class="days row" onSubmit={save} noValidate>
      <label for={`days-${table}`}>
        <b>{name}</b>
        <small class="quiet">{hint}</small>
      </label>
      <span class="space" />
      <span class="days-field">
        <input
          id={`days-${table}`}
          class="number"
          type="number"
          inputMode="decimal"
          min={1}
          max={MAX_DAYS}
          value={typed}
          disabled={!isOperator || isBusy}
          aria-invalid={!isValid}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <span>days</span>
      </span>
      <button type="submit" disabled={!isValid || wanted === days || !isOperator} aria-busy={isBusy}>
        Save
      </button>
    </form>
  );
}
