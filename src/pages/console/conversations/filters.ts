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
  const search = query.get('search')?.trim().slice(0, MAX_SEARCH_LENGTH);
  const open = { turn: query.get('turn'), device: query.get('of') };
  return {
    filters: {
      ...(device && { device }),
      ...(query.get('errors') === 'only' && { hasError: true as const }),
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
    search: filters.search?.trim(),
    turn: open?.turn,
    of: open?.device,
  };
}
