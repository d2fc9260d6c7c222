/** The boot of this machine, as Linux tells it. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';
import type { Boot } from './boot.ts';

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
