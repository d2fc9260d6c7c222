/**
 * A boot of the machine on the test's clock; it can be rebooted.
 */
import type { Boot } from '../../src/core/time/boot.ts';

export interface FakeBoot extends Boot {
  /** Reboots the machine: a new boot, whose time begins at 0. */
  reboot(): void;
}

export function fakeBoot(clock: { now(): number }): FakeBoot {
  let boots = 1;
  let bootedAtMs = 0;
  return {
    get id() {
      return `boot ${boots}`;
    },
    uptimeMs: () => clock.now() - bootedAtMs,
    reboot() {
      boots += 1;
      bootedAtMs = clock.now();
    },
  };
}
