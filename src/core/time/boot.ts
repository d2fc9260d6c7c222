/**
 * The boot of the machine that this process runs in, and how long ago that was. Unlike the monotonic clock of a process it can
 * be compared by a later process, as long as the machine was not started again in between.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

export interface Boot {
  /** Another at each start of the machine. */
  readonly id: string;
  /** Milliseconds since it, those included in which the machine slept; to 10 ms. */
  uptimeMs(): number;
}

/** This moment, for a later process to compare. */
export function stampOf({ id, uptimeMs }: Boot): { id: string; uptimeMs: number } {
  return { id, uptimeMs: uptimeMs() };
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

export function thisBoot(): Boot {
  return { id: bootId(), uptimeMs: () => Math.round(uptime() * 1_000) };
}

function bootId(): string {
  try {
    return readFileSync(BOOT_ID, 'utf8').trim();
  } catch {
    // Not Linux: what this process stamps it can date itself, and no other can.
    return `process ${randomUUID()}`;
  }
}
