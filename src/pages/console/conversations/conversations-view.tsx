/**
 * Conversations: the list of turns, live, and the one that is open beside it (on a phone, instead of it).
 */

import { useQuery_experimental as useQuery } from 'convex/react';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import * as icons from '../../design/icons.ts';
import { EmptyState, ErrorState, Skeleton } from '../../design/states.tsx';
import { api } from '../shell/api.ts';
import { failureOf } from '../shell/failure.ts';
import { addressOf, goTo, type Place } from '../shell/location.ts';
import { FilterBar } from './filter-bar.tsx';
import {
  type ConversationsPlace,
  conversationsPlace,
  conversationsQuery,
  endOfDayMs,
  type TurnFilters,
} from './filters.ts';
import type { ShownTurn } from './shown-turn.ts';
import { TurnDetail } from './turn-detail.tsx';
import { ROW_REM, rowKey, TurnList } from './turn-list.tsx';
import { type TurnPages, useTurnPages } from './turn-pages.tsx';
import { useFittingHeight } from './use-fitting-height.ts';
import { useAnchoredRows, useScrollView } from './use-rows.ts';

const MOST_FOUND = 100;
/** So many rows before the end the next page is asked for. */
const AHEAD_ROWS = 15;

export function ConversationsView({ place }: { place: Place }) {
  const { filters, open } = conversationsPlace(place.query);
  const to = (next: ConversationsPlace) => addressOf(['conversations'], conversationsQuery(next));
  const frame = useRef<HTMLDivElement>(null);
  const view = useScrollView(frame, ROW_REM);
  const isAtTop = view.scrollTop < view.rowHeight;
  const pages = useTurnPages(filters, {
    isAtTop,
    firstRow: () => Math.floor((frame.current?.scrollTop ?? 0) / view.rowHeight),
    rows: Math.ceil(view.height / view.rowHeight) + AHEAD_ROWS,
  });
  const found = useFound(filters);
  const { turns, status, loadMore, error } = filters.search ? found : pages;
  const ids = useMemo(() => turns.map(rowKey), [turns]);
  useAnchoredRows(frame, ids, view.rowHeight);
  useLayoutEffect(() => {
    // Where the list is now: it may just have been scrolled, because rows came or went.
    const { scrollTop = 0, clientHeight = 0 } = frame.current ?? {};
    const isNearEnd = scrollTop + clientHeight > (turns.length - AHEAD_ROWS) * view.rowHeight;
    if (isNearEnd && status === 'more') loadMore();
  }, [view, turns.length, status, loadMore]);
  useLayoutEffect(
    () => frame.current?.scrollTo(0, 0),
    [filters.device, filters.hasError, filters.upTo, filters.search],
  );
  const whole = useRef<HTMLDivElement>(null);
  useFittingHeight(whole);

  const { device, hasError, search, upTo } = filters;
  const isUnused = status === 'complete' && turns.length === 0 && !(open || device || hasError || search || upTo);

  return (
    <div class="conversations" ref={whole} data-open={open && true} data-unused={isUnused || undefined}>
      {/* Also on a phone, where an open turn hides the list. */}
      <h1 class="hidden-text">Conversations</h1>
      {!filters.search && pages.source}
      <section class="turn-side" aria-label="Conversations">
        <FilterBar
          filters={filters}
          onChange={(next) => goTo(to({ filters: next, ...(open && { open }) }), { replace: true })}
        />
        <div class="turn-frame" ref={frame} data-complete={status === 'complete'}>
          {status === 'failed' && <Unreadable error={error} onRetry={pages.tryAgain} />}
          {status === 'loading' && turns.length === 0 && <Skeleton rows={6} label="The turns are read" />}
          {status === 'complete' && turns.length === 0 && <NoTurns filters={filters} />}
          {turns.length > 0 && (
            <TurnList
              turns={turns}
              view={view}
              search={filters.search}
              isOpen={(turn) => turn.turn === open?.turn && turn.device === open.device}
              addressOf={({ turn, device }) => to({ filters, open: { turn, device } })}
            />
          )}
        </div>
      </section>
      {open && <TurnDetail key={rowKey(open)} open={open} backTo={to({ filters })} search={filters.search} />}
      {!open && turns.length > 0 && (
        <div class="turn-detail nothing-open">
          <EmptyState icon={icons.conversationIcon} title="No turn is open">
            Choose one to read it, to hear its recording, and to see where its time went.
          </EmptyState>
        </div>
      )}
    </div>
  );
}

/** Turns whose words match. The best are first, so new ones need not be at the top. */
function useFound({ search, device, hasError, upTo }: TurnFilters): TurnPages {
  const args = { text: search ?? '', limit: MOST_FOUND, ...(device !== undefined && { device }) };
  const found = useQuery({ query: api.turns.search, args: search ? args : 'skip' });
  const all = found.status === 'success' ? found.data : undefined;
  const turns = useMemo(() => {
    const beforeMs = (upTo && endOfDayMs(upTo)) || Number.POSITIVE_INFINITY;
    return (all ?? []).filter((turn) => (!hasError || isFailed(turn)) && turn.startedAt < beforeMs);
  }, [all, hasError, upTo]);
  const loadMore = () => {};
  if (found.status === 'error') return { turns, newer: 0, status: 'failed', loadMore, error: found.error };
  return { turns, newer: 0, status: all ? 'complete' : 'loading', loadMore };
}

function isFailed({ error, outcome }: ShownTurn): boolean {
  return error !== undefined || outcome === 'failed';
}

function Unreadable({ error, onRetry }: { error: unknown; onRetry(): void }) {
  const { message, hint } = failureOf(error);
  return (
    <ErrorState title="The conversations could not be read" hint={hint} onRetry={onRetry}>
      {message}
    </ErrorState>
  );
}

function NoTurns({ filters }: { filters: TurnFilters }) {
  const { device, hasError, search, upTo } = filters;
  if (search) {
    return (
      <EmptyState icon={icons.searchIcon} title="Nobody said that">
        No turn that is stored{device && ` of ${device}`} has a word that begins like this.
      </EmptyState>
    );
  }
  if (hasError) {
    return (
      <EmptyState icon={icons.checkIcon} title="No errors">
        No turn that is stored{device && ` of ${device}`} has failed.
      </EmptyState>
    );
  }
  if (upTo !== undefined) {
    return (
      <EmptyState icon={icons.conversationIcon} title="Nothing was said by then">
        No turn that is stored{device && ` of ${device}`} is of this day or before.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={icons.conversationIcon}
      title="No conversations yet"
      actions={
        <a class="button primary" href="/talk/">
          Talk from this browser
        </a>
      }
    >
      {device ? `${device} has said nothing yet.` : 'They appear here as soon as somebody talks to a device.'}
    </EmptyState>
  );
}
