/** The turns of a client: the one that waits for the conversation, the current one, and those whose confirmation may still come. */
import type { TurnRecord } from '../../machines/turn-record.ts';
import { ClientTurn, type TurnCommands, type TurnNames } from './client-turn.ts';

/** Turns that are over, and may still be confirmed. */
const MAX_REMEMBERED = 32;

export class TurnBook {
  /** Asked for; the conversation has not begun it yet. */
  waiting: ClientTurn | undefined;
  /** The one of the conversation. */
  current: ClientTurn | undefined;
  readonly #commands: TurnCommands;
  readonly #remembered = new Map<string, ClientTurn>();

  constructor(commands: TurnCommands) {
    this.#commands = commands;
  }

  ask(names: TurnNames): ClientTurn {
    this.waiting = this.#make(names);
    return this.waiting;
  }

  /** The conversation has begun this turn. */
  begin(record: TurnRecord): ClientTurn {
    const asked = this.waiting?.id === record.id ? this.waiting : undefined;
    if (asked) this.waiting = undefined;
    this.current = asked ?? this.#make(record);
    return this.current;
  }

  /** The conversation has finished this turn. */
  finish(id: string): ClientTurn | undefined {
    const turn = this.#remembered.get(id);
    if (this.current === turn) this.current = undefined;
    return turn;
  }

  /** A turn that was confirmed; `isNew`: it is of an earlier run of this program. */
  find(id: string): { turn: ClientTurn; isNew: boolean } {
    const known = this.#remembered.get(id);
    return { turn: known ?? this.#make({ id }), isNew: !known };
  }

  #make(names: TurnNames): ClientTurn {
    const turn = new ClientTurn(names, this.#commands);
    this.#remembered.set(turn.id, turn);
    for (const [id] of this.#remembered) {
      if (this.#remembered.size <= MAX_REMEMBERED) break;
      this.#remembered.delete(id);
    }
    return turn;
  }
}
