/**
 * What the list of conversations shows, and which turn is open, as they stand in the page's address. Pure.
 */

export interface OpenTurn {
  device: string;
  turn: string;
}

export interface TurnFilters {
  device?: string;
  /** Only turns with an error. */
  hasError?: true;
  /** Only turns of this day and before, by the time zone of the browser: `2026-11-26`. */
  upTo?: string;
  /** Words that were said or answered. */
  search?: string;
}

export interface ConversationsPlace {
  filters: TurnFilters;
  open?: OpenTurn;
}

const MAX_SEARCH_LENGTH = 200;

/** From the query of an address. What it does not know, it ignores. */
export function conversationsPlace(query: URLSearchParams): ConversationsPlace {
  const device = query.get('device');
  const upTo = query.get('upTo');
  const search = query.get('search')?.trim().slice(0, MAX_SEARCH_LENGTH);
  const open = { turn: query.get('turn'), device: query.get('of') };
  return {
    filters: {
      ...(device && { device }),
      ...(query.get('errors') === 'only' && { hasError: true as const }),
      ...(upTo && endOfDayMs(upTo) !== undefined && { upTo }),
      ...(search && { search }),
    },
    ...(open.turn && open.device && { open: { turn: open.turn, device: open.device } }),
  };
}

/** The query of the address of this place. Undefined values are left out. */
export function conversationsQuery({ filters, open }: ConversationsPlace): Record<string, string | undefined> {
  return {
    device: filters.device,
    errors: filters.hasError ? 'only' : undefined,
    upTo: filters.upTo,
    search: filters.search?.trim(),
    turn: open?.turn,
    of: open?.device,
  };
}

const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** When the day after this one begins; undefined: there is no such day. */
export function endOfDayMs(day: string): number | undefined {
  const [, year, month, date] = DAY.exec(day)?.map(Number) ?? [];
  if (year === undefined || month === undefined || date === undefined) return undefined;
  const begin = new Date(year, month - 1, date);
  if (begin.getMonth() !== month - 1 || begin.getFullYear() !== year) return undefined;
  return begin.setDate(date + 1);
}
