/**
 * What each provider has cost today, for each device, in the user's currency. A day ends at midnight in the time zone of the gateway. It is kept
 * in a small file, so that a restart does not begin a new day.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { keepRunning } from '../../../src/core/actor/keep-running.ts';
import type { Scope } from '../../../src/core/actor/scope.ts';
import { errorFields, systemCode } from '../../../src/core/errors.ts';
import { replacePrivateFile } from '../../../src/core/files/private-files.ts';
import type { Log } from '../../../src/core/log/log.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import type { Usage } from '../parts/usage.ts';

/** What a provider charges. */
export interface Prices {
  perRequest?: number | undefined;
  perMillionInputTokens?: number | undefined;
  perMillionOutputTokens?: number | undefined;
  /** Of audio. */
  perMinuteSent?: number | undefined;
  perMinuteReceived?: number | undefined;
  perMillionCharacters?: number | undefined;
}

export function costOf(usage: Usage, prices: Prices): number {
  const {
    requests = 0,
    inputTokens = 0,
    outputTokens = 0,
    inputAudioMs = 0,
    outputAudioMs = 0,
    characters = 0,
  } = usage;
  return (
    requests * (prices.perRequest ?? 0) +
    (inputTokens * (prices.perMillionInputTokens ?? 0)) / 1e6 +
    (outputTokens * (prices.perMillionOutputTokens ?? 0)) / 1e6 +
    (inputAudioMs * (prices.perMinuteSent ?? 0)) / 60_000 +
    (outputAudioMs * (prices.perMinuteReceived ?? 0)) / 60_000 +
    (characters * (prices.perMillionCharacters ?? 0)) / 1e6
  );
}

export interface SpendingOptions {
  /** Undefined: nothing is kept. */
  file?: string | undefined;
  clock: Clock;
  log: Log;
}

export interface Spending {
  /** Today, by this device. `provider`: e.g. `brain openai`. */
  today(provider: string, device: string): number;
  add(provider: string, device: string, cost: number): void;
  /** Writes what is not written yet. */
  close(): void;
}

/** A clock that is set back and forth does not lose a day. */
const KEPT_DAYS = 3;
/** So much spending may be lost when the process is killed. */
const WRITE_AFTER_MS = 1_000;
/** Devices (times providers) of a day. Those beyond share one entry: a device cannot make the gateway forget what others spent. */
const MAX_ENTRIES = 10_000;
const OTHERS = '*';

/** Day → provider and device → cost. */
type Days = Map<string, Map<string, number>>;
const shape = v.record(v.string(), v.record(v.string(), v.pipe(v.number(), v.finite(), v.minValue(0))));

export function openSpending({ file, clock, log }: SpendingOptions): Spending {
  const days: Days = file === undefined ? new Map() : read(file, log);
  let scope: Scope | undefined;
  let timer: unknown;
  /** Something is not written yet. */
  let isDue = false;
  const writer = keepRunning('the file of the spending', { clock, log }, (started) => {
    scope = started;
    timer = undefined;
    if (isDue) writeLater();
  });

  function today(): Map<string, number> {
    const day = dayOf(clock.wallNow());
    const entries = days.get(day) ?? new Map<string, number>();
    days.delete(day);
    days.set(day, entries);
    for (const oldest of days.keys()) if (days.size > KEPT_DAYS) days.delete(oldest);
    return entries;
  }

  function keyIn(entries: ReadonlyMap<string, number>, provider: string, device: string): string {
    const key = JSON.stringify([provider, device]);
    return entries.has(key) || entries.size < MAX_ENTRIES ? key : JSON.stringify([provider, OTHERS]);
  }

  function writeLater(): void {
    if (timer === undefined) timer = scope?.clock.setTimeout(write, WRITE_AFTER_MS);
  }

  function write(): void {
    timer = undefined;
    isDue = false;
    if (file === undefined) return;
    const content = Object.fromEntries([...days].map(([day, entries]) => [day, Object.fromEntries(entries)]));
    try {
      replacePrivateFile(file, JSON.stringify(content));
    } catch (error) {
      log.warn('the spending of today cannot be kept; a restart forgets it', errorFields(error));
    }
  }

  return {
    today(provider, device) {
      const entries = today();
      return entries.get(keyIn(entries, provider, device)) ?? 0;
    },
    add(provider, device, cost) {
      if (!(cost > 0)) return;
      const entries = today();
      const key = keyIn(entries, provider, device);
      entries.set(key, (entries.get(key) ?? 0) + cost);
      isDue = true;
      writeLater();
    },
    close() {
      writer.stop();
      if (isDue) write();
    },
  };
}

function read(file: string, log: Log): Days {
  try {
    const content = v.parse(shape, JSON.parse(readFileSync(file, 'utf8')));
    return new Map(Object.entries(content).map(([day, entries]) => [day, new Map(Object.entries(entries))]));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT')
      log.warn('the file of the spending is not readable; the day begins at 0', { file });
    return new Map();
  }
}

/** In the time zone of this machine. */
function dayOf(wallMs: number): string {
  const date = new Date(wallMs);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()]
    .map((each) => String(each).padStart(2, '0'))
    .join('-');
}
