/**
 * One turn of a load test, known frame by frame: what was said, and what came back of it.
 */
import { createHash } from 'node:crypto';
import type { TurnOutcome } from '../../../machines/turn-record.ts';
import { FRAME_MS } from '../../protocol/format.ts';

/** What became of a turn. */
export interface LoadTurn {
  /** Of the turn, a UUIDv7: under it the cloud has the recording. */
  id: string;
  /** The name of the device. */
  device: string;
  /** Opus frames that were said. */
  frames: number;
  /** Of these frames: {@link hashOfFrames}. */
  hash: string;
  /** Undefined: it is not over. */
  outcome: TurnOutcome | undefined;
  /** It was said without a connection, or lost it, and was delivered later. */
  isOffline: boolean;
  /** The code of its last error. */
  error: string | undefined;
  /** Who has confirmed that the turn is stored. */
  stored: 'nobody' | 'gateway' | 'cloud';
  /** Why its device does not deliver it any more: `store_full`, `turn_refused`, `store_failed`. Undefined: it does, or need not. */
  undeliverable: string | undefined;
  /** What happened to it, in order. */
  history: TurnStep[];
  reply: ReplyCount;
}

export interface TurnStep {
  /** On the clock of the test. */
  atMs: number;
  what: string;
}

/** Frames of a reply that repeats what was said. The last three are 0 for another reply. */
export interface ReplyCount {
  received: number;
  /** Missing in a turn that ended as answered. */
  lost: number;
  /** Received more than once. */
  duplicated: number;
  /** Not the frame that was said at this place. */
  wrong: number;
}

/**
 * How a turn ended: `done` (it was answered), `offline` (it has no reply, and is delivered later), the code of the error with which it failed
 * (`turn_refused`, `link_down`, …), or else its outcome (`unanswered`, …). {@link NOT_ENDED}: its device was closed before.
 */
export function endOf({ outcome, isOffline, error }: Pick<LoadTurn, 'outcome' | 'isOffline' | 'error'>): string {
  if (outcome === undefined) return NOT_ENDED;
  if (isOffline) return 'offline';
  return outcome === 'failed' ? (error ?? outcome) : outcome;
}

export const NOT_ENDED = 'not-ended';

/** SHA-256, in hex, of each frame's length (16 bits, big-endian) and bytes. */
export function hashOfFrames(frames: Iterable<Uint8Array>): string {
  const hash = createHash('sha256');
  const length = Buffer.alloc(2);
  for (const frame of frames) {
    length.writeUInt16BE(frame.length);
    hash.update(length).update(frame);
  }
  return hash.digest('hex');
}

/** Compares a reply with what was said, frame by frame. */
export class RepeatedReply {
  readonly #said: readonly Uint8Array[];
  readonly #received = new Set<number>();
  #duplicated = 0;
  #wrong = 0;

  /** @param said grows as the person speaks */
  constructor(said: readonly Uint8Array[]) {
    this.#said = said;
  }

  /** @returns the number of the frame */
  add(frame: Uint8Array, atMs: number): number {
    const index = Math.round(atMs / FRAME_MS);
    const said = this.#said[index];
    if (!said || Buffer.compare(said, frame) !== 0) this.#wrong += 1;
    else if (this.#received.has(index)) this.#duplicated += 1;
    else this.#received.add(index);
    return index;
  }

  /** @param isAnswered the turn ended with a whole reply */
  count(isAnswered: boolean): Omit<ReplyCount, 'received'> {
    const lost = isAnswered ? this.#said.length - this.#received.size : 0;
    return { lost, duplicated: this.#duplicated, wrong: this.#wrong };
  }
}
