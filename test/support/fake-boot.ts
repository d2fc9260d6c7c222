/**
 * A machine that was started with the test's clock, and may be started again.
 */
import type { Boot } from '../../src/core/time/boot.ts';

export interface FakeBoot extends Boot {
  /** The machine is started again: another boot, whose time begins anew. */
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
