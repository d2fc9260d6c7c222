/**
 * The turns of the list, newest first, page by page: live, and bounded. New turns make the first page longer without end, so the list begins
 * anew from time to time, with the first page only: while the person looks at the newest, with those; while the person reads further down, a
 * little above what is read, and without those that come, until the person is at the top again. What is shown stays until that has come.
 */
import { usePaginatedQuery } from 'convex/react';
import { Component, type ComponentChildren, type JSX } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { api } from '../shell/api.ts';
import { endOfDayMs, type TurnFilters } from './filters.ts';
import type { ShownTurn } from './shown-turn.ts';

const LEAST_TURNS = 25;
const MORE_TURNS = 2 * LEAST_TURNS;
/** So many first pages, and the list begins anew while the person looks at the newest. */
const MOST_PAGES = 4;
/** So many turns have come, and the list begins anew while the person reads further down. */
const MOST_NEWER = 100;
/** So many stay above what the person reads. */
const ABOVE = 25;

export interface TurnPages {
  turns: readonly ShownTurn[];
  /** Those of them that have come since the list began, at least. */
  newer: number;
  status: 'loading' | 'more' | 'complete' | 'failed';
  loadMore(): void;
  /** When it has failed. */
  error?: unknown;
}

const NOTHING: TurnPages = { turns: [], newer: 0, status: 'loading', loadMore: () => {} };

/** What the person sees of the list. */
interface Sight {
  /** The newest. */
  isAtTop: boolean;
  /** The number of the first row, as the list is scrolled now. */
  firstRow(): number;
  /** The first page has them all: what is in sight must not go when the list begins anew. */
  rows: number;
}

/** `source` must be drawn; it shows nothing. */
export function useTurnPages(
  filters: TurnFilters,
  { isAtTop, firstRow, rows }: Sight,
): TurnPages & { source: JSX.Element; tryAgain(): void } {
  const { device, hasError, upTo } = filters;
  const filter = JSON.stringify([device, hasError, upTo]);
  const [known, setKnown] = useState({ filter, pages: NOTHING });
  const [start, setStart] = useState<{ number: number; filter: string; beforeMs?: number }>({ number: 0, filter });
  // Turns of another filter must not be seen under this one.
  const pages = known.filter === filter ? known.pages : NOTHING;
  const beforeMs = start.filter === filter ? start.beforeMs : undefined;
  const firstTurns = Math.max(LEAST_TURNS, rows);
  const { turns, newer, status } = pages;
  const isLong = isAtTop ? turns.length > MOST_PAGES * firstTurns : newer > MOST_NEWER;
  const beginsAnew = status !== 'loading' && (isLong || (isAtTop && beforeMs !== undefined));
  const begin = (above?: ShownTurn) =>
    setStart(({ number }) => ({ number: number + 1, filter, ...(above && { beforeMs: above.startedAt + 1 }) }));
  useEffect(() => {
    if (beginsAnew) begin(isAtTop ? undefined : turns[Math.max(0, firstRow() - ABOVE)]);
  }, [beginsAnew, isAtTop]);
  const onPages = useCallback((next: TurnPages) => setKnown({ filter, pages: next }), [filter]);
  const source = (
    <Failing key={`${start.number} ${filter}`} onFailure={(error) => onPages({ ...NOTHING, status: 'failed', error })}>
      <Pages
        device={device}
        hasError={hasError}
        beforeMs={earlierOf(beforeMs, upTo === undefined ? undefined : endOfDayMs(upTo))}
        firstTurns={firstTurns + (beforeMs === undefined ? 0 : ABOVE)}
        onPages={onPages}
      />
    </Failing>
  );
  return { ...pages, source, tryAgain: () => begin() };
}

function earlierOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}

interface FailingProps {
  onFailure(error: unknown): void;
  children: ComponentChildren;
}

/** Convex's hook throws what the query has refused, as for a device that does not exist. */
class Failing extends Component<FailingProps, { failed?: true }> {
  static override getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidCatch(error: unknown): void {
    this.props.onFailure(error);
  }

  override render({ children }: FailingProps) {
    return this.state.failed ? null : children;
  }
}

interface PagesProps {
  device: string | undefined;
  hasError: true | undefined;
  /** Only turns that began before, in ms since 1970. */
  beforeMs: number | undefined;
  /** How many the first page has when the list begins. */
  firstTurns: number;
  onPages(pages: TurnPages): void;
}

function Pages({ device, hasError, beforeMs, firstTurns, onPages }: PagesProps) {
  const [initialNumItems] = useState(firstTurns);
  const [asked, setAsked] = useState(firstTurns);
  const args = {
    ...(device !== undefined && { device }),
    ...(hasError && { hasError }),
    ...(beforeMs !== undefined && { beforeMs }),
  };
  const { results, status, loadMore } = usePaginatedQuery(api.turns.page, args, { initialNumItems });
  const more = useCallback(() => {
    loadMore(MORE_TURNS);
    setAsked((before) => before + MORE_TURNS);
  }, [loadMore]);
  useEffect(() => {
    if (status === 'LoadingFirstPage') return;
    const newer = Math.max(0, results.length - asked);
    onPages({ turns: results, newer, status: STATUS[status], loadMore: more });
  }, [results, status, asked, more, onPages]);
  return null;
}

const STATUS = { LoadingMore: 'loading', CanLoadMore: 'more', Exhausted: 'complete' } as const;
