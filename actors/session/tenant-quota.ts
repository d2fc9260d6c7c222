/**
 * What all devices of a tenant together may use of this gateway: its share of what they may use of all gateways. Pure; whoever has it tells it what
 * is wanted of the other gateways.
 *
 * The share is max-min fair: a gateway gets what the others leave, and at least an even part. So a gateway with one noisy device group
 * does not take from those that want less than that. Until it is told otherwise a gateway is alone.
 */
import type { Limits } from '../../src/core/limits/limits.ts';
import type { Clock } from '../../src/core/time/clock.ts';

const MINUTE_MS = 60_000;
/** Below this part of each quota the others need not know of this gateway. */
const WORTH_TELLING = 0.01;

/** Connections at the same time; turns, seconds of speech and bytes of it a minute. */
export interface Demand {
  connections: number;
  turns: number;
  speechSeconds: number;
  bytes: number;
}
/** As the cloud tells it: an older gateway does not count bytes. */
export type ToldDemand = Omit<Demand, 'bytes'> & Partial<Pick<Demand, 'bytes'>>;

const KINDS = ['connections', 'turns', 'speechSeconds', 'bytes'] as const satisfies (keyof Demand)[];
const NOTHING: Demand = { connections: 0, turns: 0, speechSeconds: 0, bytes: 0 };

export type TenantLimits = Pick<Limits, 'tenantConnections' | 'tenantTurns' | 'tenantSpeechSeconds' | 'tenantBytes'>;

/** Of this gateway, if it wanted all that there is. @param others what each of the other gateways wants */
export function maxMinShare(quota: number, others: readonly number[]): number {
  let left = quota;
  const wanting = others.toSorted((a, b) => a - b);
  for (const [i, wanted] of wanting.entries()) {
    const even = left / (wanting.length - i + 1);
    if (wanted >= even) return even;
    left -= wanted;
  }
  return left;
}

export class TenantQuota {
  readonly #limits: Demand;
  readonly #clock: Pick<Clock, 'now'>;
  #quota: Partial<Demand> = {};
  #others: readonly ToldDemand[] = [];
  /** Wanted and granted in this minute; wanted in the one before. */
  #minute = Number.NaN;
  #wanted = { ...NOTHING };
  #granted = { ...NOTHING };
  #before = { ...NOTHING };

  constructor(limits: TenantLimits, clock: Pick<Clock, 'now'>) {
    this.#limits = {
      connections: limits.tenantConnections,
      turns: limits.tenantTurns,
      speechSeconds: limits.tenantSpeechSeconds,
      bytes: limits.tenantBytes,
    };
    this.#clock = clock;
  }

  /** The reason, for people, why there can't be another connection. @param open those that there are */
  takeConnection(open: number): string | undefined {
    this.#turnPage();
    this.#wanted.connections += open < this.#share('connections') ? 0 : 1;
    return open < this.#share('connections') ? undefined : 'too many devices of this tenant are connected';
  }

  /** Undefined: it may begin, and is counted. */
  takeTurn(): string | undefined {
    this.#turnPage();
    this.#wanted.turns += 1;
    if (this.#granted.speechSeconds >= this.#share('speechSeconds')) {
      return 'The devices of this tenant speak more than its quota allows: wait a minute';
    }
    if (this.#granted.bytes >= this.#share('bytes')) {
      return 'The devices of this tenant send more bytes than its quota allows: wait a minute';
    }
    if (this.#granted.turns >= this.#share('turns')) {
      return 'The devices of this tenant begin more turns a minute than its quota allows: wait a minute';
    }
    this.#granted.turns += 1;
    return undefined;
  }

  takeSpeech(ms: number, bytes: number): void {
    this.#turnPage();
    this.#wanted.bytes += bytes;
    this.#granted.bytes += bytes;
    this.#wanted.speechSeconds += ms / 1_000;
    this.#granted.speechSeconds += ms / 1_000;
  }

  onQuota(quota: Partial<Demand>): void {
    this.#quota = quota;
  }

  /** What is wanted of the other gateways. */
  onOthers(others: readonly ToldDemand[]): void {
    this.#others = others;
  }

  /** What is wanted of this one, for the others. Undefined: so little that they need not know. @param open connections */
  demand(open: number): Demand | undefined {
    this.#turnPage();
    const demand = {
      connections: open + Math.max(this.#wanted.connections, this.#before.connections),
      turns: Math.max(this.#wanted.turns, this.#before.turns),
      speechSeconds: Math.max(this.#wanted.speechSeconds, this.#before.speechSeconds),
      bytes: Math.max(this.#wanted.bytes, this.#before.bytes),
    };
    return KINDS.some((kind) => demand[kind] >= WORTH_TELLING * this.#whole(kind)) ? demand : undefined;
  }

  #share(kind: keyof Demand): number {
    const others = this.#others.map((other) => other[kind] ?? 0);
    return maxMinShare(this.#whole(kind), others);
  }

  #whole(kind: keyof Demand): number {
    return this.#quota[kind] ?? this.#limits[kind];
  }

  #turnPage(): void {
    const minute = Math.floor(this.#clock.now() / MINUTE_MS);
    if (minute === this.#minute) return;
    this.#before = minute === this.#minute + 1 ? this.#wanted : { ...NOTHING };
    this.#minute = minute;
    this.#wanted = { ...NOTHING };
    this.#granted = { ...NOTHING };
  }
}
