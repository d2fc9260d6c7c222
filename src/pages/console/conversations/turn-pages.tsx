/**
 * The turns of the list, newest first, page by page: live, and bounded. New turns make the first page longer without end; while the person
 * looks at the newest, the list begins anew from time to time, with the first page only. What is shown stays until that has come.
 */
import { usePaginatedQuery } from 'convex/react';
import { Component, type ComponentChildren, type JSX } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { api } from '../shell/api.ts';
import { endOfDayMs, type TurnFilters } from './filters.ts';
import type { ShownTurn } from './shown-turn.ts';

const LEAST_TURNS = 25;
/** So many first pages, and the list begins anew while the person looks at the newest. */
const MOST_PAGES = 8;

export interface TurnPages {
  turns: readonly ShownTurn[];
  status: 'loading' | 'more' | 'complete' | 'failed';
  loadMore(): void;
  /** When it has failed. */
  error?: unknown;
}

const NOTHING: TurnPages = { turns: [], status: 'loading', loadMore: () => {} };

/**
 * `source` must be drawn; it shows nothing.
 * @param isAtTop the person looks at the newest
 * @param rowsInSight the first page has them all: what is in sight must not go when the list begins anew
 */
export function useTurnPages(
  filters: TurnFilters,
  isAtTop: boolean,
  rowsInSight: number,
): TurnPages & { source: JSX.Element; tryAgain(): void } {
  const { device, hasError, upTo } = filters;
  const filter = JSON.stringify([device, hasError, upTo]);
  const [known, setKnown] = useState({ filter, pages: NOTHING });
  const [generation, setGeneration] = useState(0);
  // Turns of another filter must not be seen under this one.
  const pages = known.filter === filter ? known.pages : NOTHING;
  const firstTurns = Math.max(LEAST_TURNS, rowsInSight);
  const tooMany = isAtTop && pages.turns.length > MOST_PAGES * firstTurns && pages.status !== 'loading';
  const begin = () => setGeneration((last) => last + 1);
  useEffect(() => {
    if (tooMany) begin();
  }, [tooMany]);
  const onPages = useCallback((next: TurnPages) => setKnown({ filter, pages: next }), [filter]);
  const source = (
    <Failing
      key={`${generation} ${filter}`}
      onFailure={(error) => onPages({ turns: [], status: 'failed', loadMore: () => {}, error })}
    >
      <Pages device={device} hasError={hasError} upTo={upTo} firstTurns={firstTurns} onPages={onPages} />
    </Failing>
  );
  return { ...pages, source, tryAgain: begin };
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
  upTo: string | undefined;
  /** How many the first page has when the list begins. */
  firstTurns: number;
  onPages(pages: TurnPages): void;
}

function Pages({ device, hasError, upTo, firstTurns, onPages }: PagesProps) {
  const [initialNumItems] = useState(firstTurns);
  const beforeMs = upTo === undefined ? undefined : endOfDayMs(upTo);
  const args = {
    ...(device !== undefined && { device }),
    ...(hasError && { hasError }),
    ...(beforeMs !== undefined && { beforeMs }),
  };
  const { results, status, loadMore } = usePaginatedQuery(api.turns.page, args, { initialNumItems });
  const more = useCallback(() => loadMore(2 * LEAST_TURNS), [loadMore]);
  useEffect(() => {
    if (status !== 'LoadingFirstPage') onPages({ turns: results, status: STATUS[status], loadMore: more });
  }, [results, status, more, onPages]);
  return null;
}

const STATUS = { LoadingMore: 'loading', CanLoadMore: 'more', Exhausted: 'complete' } as const;
