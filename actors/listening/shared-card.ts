/**
 * One open card for several users. While one of them wants its newest samples stored, another may begin with them.
 *
 * The card runs in a scope of its own, because it may outlive the user that opened it. When its code throws, the card is
 * lost for all its users.
 */
import { createScope, guardEach, type OwnedScope } from '../../src/core/actor/scope.ts';
import { EarshotError, errorFields } from '../../src/core/errors.ts';
import type { Log } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { Microphone, MicrophoneHandlers, OpenMicrophone } from '../sound/port.ts';
import { SampleRing } from './sample-ring.ts';

export interface CardUser {
  handlers: MicrophoneHandlers;
  /** The newest samples are stored, for this long, while there is such a user. */
  storesMs?: number;
  /** It gets the stored samples that were recorded after this time, before all others. */
  beginsAtMs?: number | undefined;
  /** How much it was given of what is stored, and how much it wanted that was not stored any more. */
  onStoredGiven?(givenMs: number, missedMs: number): void;
}

/** A user from the time at which the card is open until it leaves. */
interface Joined extends CardUser {
  /** It still has to be given what is stored after this time. */
  wantsSinceMs: number | undefined;
}

export interface SharedCardOptions {
  openMicrophone: OpenMicrophone;
  clock: Clock;
  log: Log;
}

export class SharedCard {
  readonly #users = new Set<Joined>();
  readonly #scope: OwnedScope;
  readonly #clock: Clock;
  readonly #opened: Promise<Microphone>;
  #microphone: Microphone | undefined;
  #joining = 0;
  #ring: SampleRing | undefined;
  /** Why it is closed; undefined while it is open. */
  #over: EarshotError | undefined;

  constructor({ openMicrophone, clock, log }: SharedCardOptions) {
    this.#clock = clock;
    const onCrash = (error: unknown) => {
      log.error('the microphone crashed', errorFields(error));
      this.#lose(new EarshotError('device_lost', 'The microphone failed', 'It is opened again automatically.'));
    };
    this.#scope = createScope('the microphone', { clock, log, onCrash });
    this.#opened = this.#open(openMicrophone);
  }

  get isOver(): boolean {
    return this.#over !== undefined;
  }

  get ring(): SampleRing | undefined {
    return this.#ring;
  }

  /** @throws EarshotError (by rejection) of the card, or when it was lost before the user could join. */
  async join(user: CardUser): Promise<Microphone> {
    this.#joining += 1;
    const { device } = await this.#opened.finally(() => {
      this.#joining -= 1;
    });
    if (this.#over) throw this.#over;
    const joined: Joined = { ...user, wantsSinceMs: this.#ring && user.beginsAtMs };
    this.#users.add(joined);
    if (user.storesMs !== undefined) this.#ring ??= new SampleRing(user.storesMs);
    return { device, close: () => this.#leave(joined) };
  }

  async #open(openMicrophone: OpenMicrophone): Promise<Microphone> {
    const handlers: MicrophoneHandlers = {
      onSamples: (samples, lastSampleAtMs) => this.#giveBlock(samples, lastSampleAtMs),
      onOverflow: () => this.#tellOverflow(),
      onEnd: () => this.#end(hasEnded(), ({ onEnd }) => onEnd()),
      onLost: (error) => this.#lose(error),
    };
    try {
      const microphone = await openMicrophone(guardEach(handlers, this.#scope), this.#scope);
      this.#microphone = microphone;
      if (this.#over) this.#close(this.#over);
      return microphone;
    } catch (error) {
      this.#close(this.#over ?? hasEnded());
      throw error;
    }
  }

  #giveBlock(samples: Int16Array, lastSampleAtMs: number): void {
    for (const user of this.#users) {
      this.#giveStored(user);
      if (this.#users.has(user)) user.handlers.onSamples(samples, lastSampleAtMs);
    }
    this.#ring?.push(samples, lastSampleAtMs);
  }

  #giveStored(user: Joined): void {
    const { wantsSinceMs, handlers, onStoredGiven } = user;
    if (wantsSinceMs === undefined || !this.#ring) return;
    user.wantsSinceMs = undefined;
    let givenMs = 0;
    const beginsAtMs = this.#ring.beginsAtMs ?? this.#clock.now();
    this.#ring.read(wantsSinceMs, (block, lastSampleAtMs, afterOverflow) => {
      if (!this.#users.has(user)) return;
      if (afterOverflow) handlers.onOverflow();
      handlers.onSamples(block, lastSampleAtMs);
      givenMs += block.length / SAMPLES_PER_MS;
    });
    onStoredGiven?.(givenMs, Math.max(0, beginsAtMs - wantsSinceMs));
  }

  #tellOverflow(): void {
    for (const { handlers } of this.#users) handlers.onOverflow();
    this.#ring?.noteOverflow();
  }

  #lose(error: EarshotError): void {
    this.#end(error, ({ onLost }) => onLost(error));
  }

  /** The card is closed: tells its users. */
  #end(why: EarshotError, tell: (handlers: MicrophoneHandlers) => void): void {
    if (this.#over) return;
    for (const user of this.#users) this.#giveStored(user);
    const users = [...this.#users];
    this.#close(why);
    for (const { handlers } of users) tell(handlers);
  }

  #leave(user: Joined): void {
    if (!this.#users.delete(user)) return;
    if (this.#users.size === 0 && this.#joining === 0) return this.#close(hasEnded());
    if ([...this.#users].some(({ storesMs }) => storesMs !== undefined)) return;
    for (const recording of this.#users) this.#giveStored(recording);
    this.#ring = undefined;
  }

  #close(why: EarshotError): void {
    this.#over = why;
    this.#users.clear();
    this.#ring = undefined;
    this.#microphone?.close();
    this.#scope.end();
  }
}

function hasEnded(): EarshotError {
  return new EarshotError('device_lost', 'The microphone was closed', 'Open it again.');
}
