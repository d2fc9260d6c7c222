/**
 * The boot of this machine: its id, and the uptime since. Unlike the monotonic clock of a process, a later process can compare it, as
 * long as the machine has not rebooted.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

export interface Boot {
  /** New at each boot. */
  readonly id: string;
  /** Milliseconds since the boot, suspended time included, to 10 ms. */
  uptimeMs(): number;
}

/** The current time, for a later process to compare. */
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
    // Not Linux: this process can date its own stamps, and no other process can.
    return `process ${randomUUID()}`;
  }
}
