/**
 * Counts the turns of one device of a load test, of whichever kind: what is said, what comes back, and who has confirmed it.
 */
import type { TurnOutcome } from '../../../machines/turn-record.ts';
import type { LoadDeviceOptions } from './load-device.ts';
import { endOf, hashOfFrames, type LoadTurn, RepeatedReply } from './load-turn.ts';
import { addDelay, count } from './measures.ts';

/** The turn that runs. */
export interface RunningTurn {
  readonly spoken: LoadTurn;
  readonly said: Uint8Array[];
  readonly reply: RepeatedReply | undefined;
  /** When the last frame of a packet was sent, by its number. */
  readonly sentAtMs: Map<number, number>;
}

/** A turn of which the gateway has not said that it is stored. */
interface Unconfirmed {
  readonly spoken: LoadTurn;
  /** When its last frame was sent; undefined until then. */
  endedAtMs: number | undefined;
}

export class TurnTally {
  readonly #options: LoadDeviceOptions;
  readonly #unconfirmed = new Map<string, Unconfirmed>();
  #running: RunningTurn | undefined;

  constructor(options: LoadDeviceOptions) {
    this.#options = options;
  }

  get running(): RunningTurn | undefined {
    return this.#running;
  }

  /** Turns that are over, and of which the gateway has not confirmed that they are stored. */
  get unconfirmed(): readonly LoadTurn[] {
    const all = [...this.#unconfirmed.values()].map(({ spoken }) => spoken);
    return all.filter(({ outcome, stored }) => outcome !== undefined && stored === 'nobody');
  }

  begin(id: string): RunningTurn {
    const { name: device, replies, measures } = this.#options;
    measures().turns.started += 1;
    const said: Uint8Array[] = [];
    const spoken: LoadTurn = {
      ...{ id, device, frames: 0, hash: '', outcome: undefined, isOffline: false, stored: 'nobody' },
      ...{ error: undefined, undeliverable: undefined, history: [] },
      reply: { received: 0, lost: 0, duplicated: 0, wrong: 0 },
    };
    const reply = replies === 'repeated' ? new RepeatedReply(said) : undefined;
    this.#running = { spoken, said, reply, sentAtMs: new Map() };
    this.#unconfirmed.set(id, { spoken, endedAtMs: undefined });
    this.#note(spoken, 'begun');
    return this.#running;
  }

  /** A packet with these frames was sent. */
  say({ said, sentAtMs }: RunningTurn, frames: readonly Uint8Array[]): void {
    const { framesPerPacket, clock, measures } = this.#options;
    said.push(...frames);
    measures().frames.said += frames.length;
    if (frames.length === framesPerPacket) sentAtMs.set(said.length - 1, clock.now());
  }

  /** The last packet of the utterance was sent. */
  end({ spoken }: RunningTurn): void {
    const unconfirmed = this.#unconfirmed.get(spoken.id);
    if (unconfirmed) unconfirmed.endedAtMs = this.#options.clock.now();
    this.#note(spoken, 'spoken');
  }

  hear({ spoken, reply, sentAtMs }: RunningTurn, frame: Uint8Array, atMs: number): void {
    const { clock, measures } = this.#options;
    const { delayMs, frames } = measures();
    const endedAtMs = this.#unconfirmed.get(spoken.id)?.endedAtMs;
    if (spoken.reply.received === 0 && endedAtMs !== undefined) addDelay(delayMs.reply, clock.now() - endedAtMs);
    spoken.reply.received += 1;
    frames.received += 1;
    const index = reply?.add(frame, atMs);
    const sent = index === undefined ? undefined : sentAtMs.get(index);
    // Before the end of the utterance: the responder repeats each packet at once.
    if (sent !== undefined && endedAtMs === undefined) addDelay(delayMs.added, clock.now() - sent);
  }

  /** It will have no more of a reply. */
  finish({ spoken, said, reply }: RunningTurn, outcome: TurnOutcome, isOffline: boolean): void {
    // Its device was closed, and it was counted then.
    if (this.#running?.spoken !== spoken) return;
    const { measures, onFree } = this.#options;
    const { turns, frames } = measures();
    Object.assign(spoken, { frames: said.length, hash: hashOfFrames(said), outcome, isOffline });
    if (reply) Object.assign(spoken.reply, reply.count(outcome === 'done' && !isOffline));
    frames.lost += spoken.reply.lost;
    frames.duplicated += spoken.reply.duplicated;
    frames.wrong += spoken.reply.wrong;
    const end = endOf(spoken);
    count(turns.over, end);
    if (spoken.error !== undefined && spoken.error !== end) this.#countError(spoken.error);
    this.#running = undefined;
    this.#note(spoken, isOffline ? `${outcome}, to be delivered` : outcome);
    if (spoken.stored !== 'nobody' || spoken.undeliverable !== undefined) this.settle(spoken);
    onFree();
  }

  /** It has an error; it may still end in another way. */
  fail({ spoken }: RunningTurn, code: string): void {
    spoken.error = code;
  }

  /** The turn with this id, if nobody has confirmed it. */
  unconfirmedTurn(id: string): LoadTurn | undefined {
    return this.#unconfirmed.get(id)?.spoken;
  }

  /** First the gateway has it; the cloud may follow. */
  confirm(spoken: LoadTurn, inCloud: boolean): void {
    const { clock, measures } = this.#options;
    const { turns, delayMs } = measures();
    if (inCloud && spoken.stored !== 'cloud') turns.inCloud += 1;
    const isFirst = spoken.stored === 'nobody';
    this.#note(spoken, inCloud ? 'in the cloud' : 'confirmed');
    spoken.stored = inCloud ? 'cloud' : 'gateway';
    if (!isFirst) return;
    turns.stored += 1;
    const endedAtMs = this.#unconfirmed.get(spoken.id)?.endedAtMs;
    if (endedAtMs !== undefined) addDelay(delayMs.stored, clock.now() - endedAtMs);
    if (spoken.outcome !== undefined) this.settle(spoken);
  }

  /** Its device does not deliver it any more. */
  giveUp(spoken: LoadTurn, code: string): void {
    this.#note(spoken, `undeliverable: ${code}`);
    this.#countError(code);
    spoken.undeliverable = code;
    if (spoken.outcome !== undefined) this.settle(spoken);
  }

  /** Nobody is waited for any more that could confirm it, because it is confirmed, or never will be. */
  settle(spoken: LoadTurn): void {
    if (this.#unconfirmed.delete(spoken.id)) this.#options.onTurn(spoken);
  }

  /** Its device is closed: a turn that runs has not ended, and never will. */
  settleAll(): void {
    if (this.#running) count(this.#options.measures().turns.over, endOf(this.#running.spoken));
    this.#running = undefined;
    for (const { spoken } of [...this.#unconfirmed.values()]) this.settle(spoken);
  }

  #countError(code: string): void {
    count(this.#options.measures().errors, code);
  }

  #note({ history }: LoadTurn, what: string): void {
    history.push({ atMs: this.#options.clock.now(), what });
  }
}
