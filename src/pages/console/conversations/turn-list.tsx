/**
 * The rows of the list. Only those in sight are in the document, so thousands cost as much as twenty.
 */
import { useNow } from '../shell/now.ts';
import { rowWindow } from './row-window.ts';
import type { ShownTurn } from './shown-turn.ts';
import { TurnRow } from './turn-row.tsx';
import type { ScrollView } from './use-rows.ts';

/** Height of a row: three lines of text. */
export const ROW_REM = 6;

interface TurnListProps {
  turns: readonly ShownTurn[];
  view: ScrollView;
  search: string | undefined;
  isOpen(turn: ShownTurn): boolean;
  addressOf(turn: ShownTurn): string;
}

export function TurnList({ turns, view, search, isOpen, addressOf }: TurnListProps) {
  const nowMs = useNow();
  const { rowHeight } = view;
  const { first, end } = rowWindow({ ...view, rows: turns.length });
  const around = { paddingTop: first * rowHeight, paddingBottom: (turns.length - end) * rowHeight };
  return (
    <ol class="turn-list" aria-label="Turns, newest first" style={around} onKeyDown={moveFocus}>
      {turns.slice(first, end).map((turn, i) => (
        <li
          key={rowKey(turn)}
          data-turn={turn.turn}
          data-state={turn.outcome ?? turn.state}
          aria-setsize={turns.length}
          aria-posinset={first + i + 1}
          style={{ height: rowHeight }}
        >
          <TurnRow turn={turn} address={addressOf(turn)} isOpen={isOpen(turn)} nowMs={nowMs} search={search} />
        </li>
      ))}
    </ol>
  );
}

/** Ids are unique for one device only. */
export function rowKey({ turn, device }: Pick<ShownTurn, 'turn' | 'device'>): string {
  return `${turn} ${device}`;
}

const WAYS: Record<string, 'nextElementSibling' | 'previousElementSibling'> = {
  ArrowDown: 'nextElementSibling',
  ArrowUp: 'previousElementSibling',
};

/** The arrow keys go from row to row. */
function moveFocus(event: KeyboardEvent): void {
  const way = WAYS[event.key];
  const next = way && document.activeElement?.closest('.turn-list > li')?.[way]?.querySelector('a');
  if (!next) return;
  event.preventDefault();
  next.focus();
}
