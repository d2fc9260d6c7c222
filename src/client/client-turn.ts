/** One turn of a client: what its listeners hear, and its commands for the conversation. */
import { EarshotError } from '../core/errors.ts';
import type { Turn, TurnEvents, TurnResult } from './client.ts';
import { createEvents, type Events } from './events.ts';

/** What a turn asks of its client. */
export interface TurnCommands {
  end(turn: ClientTurn): void;
  abort(turn: ClientTurn): void;
  /** Undefined with audio. */
  send: ((frame: Uint8Array) => void) | undefined;
  onThrown(thrown: unknown): void;
}

export interface TurnNames {
  id: string;
  /** Undefined: of a turn of an earlier run. */
  trigger?: string | undefined;
  announcement?: string | undefined;
}

export class ClientTurn implements Turn {
  readonly id: string;
  declare readonly trigger?: string;
  declare readonly announcement?: string;
  readonly result: Promise<TurnResult>;
  readonly #commands: TurnCommands;
  readonly #events: Events<TurnEvents>;
  /** What the reply says so far. */
  replyText = '';
  #isEnded = false;
  #isOver = false;

  constructor({ id, trigger, announcement }: TurnNames, commands: TurnCommands) {
    this.id = id;
    if (trigger !== undefined) this.trigger = trigger;
    if (announcement !== undefined) this.announcement = announcement;
    this.#commands = commands;
    this.#events = createEvents(commands.onThrown);
    this.result = this.#collect();
  }

  /** The person has finished, or nothing can be said any more. */
  get isEnded(): boolean {
    return this.#isEnded || this.#isOver;
  }

  end(): void {
    if (this.isEnded) return;
    this.#isEnded = true;
    this.#commands.end(this);
  }

  /** The conversation does not record, or no longer: whatever ended the utterance. */
  noteEnd(): void {
    this.#isEnded = true;
  }

  abort(): void {
    if (this.#isOver) return;
    this.#commands.abort(this);
  }

  send(frame: Uint8Array): void {
    const { send } = this.#commands;
    if (!send) throw new EarshotError('usage', 'This client has audio: it takes no frames', 'Leave out its audio.');
    if (this.isEnded) throw new EarshotError('usage', 'The utterance of this turn is over', 'Begin another turn.');
    send(frame);
  }

  on: Turn['on'] = (name, listener) => this.#events.on(name, listener);

  tell: Events<TurnEvents>['emit'] = (name, event) => {
    if (name === 'done') this.#isOver = true;
    this.#events.emit(name, event);
  };

  #collect(): Promise<TurnResult> {
    let transcript = '';
    let error: TurnEvents['error'] | undefined;
    this.on('transcript', ({ text }) => {
      transcript = text;
    });
    this.on('error', (failed) => {
      error = failed;
    });
    return new Promise((resolve) => {
      this.on('done', (done) => resolve({ ...done, transcript, reply: this.replyText, ...(error && { error }) }));
    });
  }
}
