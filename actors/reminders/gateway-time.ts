/**
 * The gateway's wall clock on the device. Reminders are set by it, and the device's own clock may be wrong or be set at any time. It
 * is known from a message of the gateway and the time that has passed since then, sleep included, also by a later process of the same boot. After a
 * reboot the device's own clock takes its place until the gateway is heard again.
 */
import type { Boot } from '../../src/core/time/boot.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { isPlausible } from '../../src/core/time/dating.ts';

/** What was known when the gateway was last heard. */
export interface TimeReference {
  /** Its clock: ms since 1970. */
  gatewayMs: number;
  boot: { id: string; uptimeMs: number };
  /** The device's clock showed the same time then. */
  isWallRight: boolean;
}

/** Largest difference between two clocks that show the same time. */
const SAME_TIME_MS = 2_000;
/** The uptime drifts by a few seconds a day. A larger difference means that the clock was set. */
const LARGEST_DRIFT_MS = 60_000;

export interface GatewayTime {
  reference: TimeReference | undefined;
  /** The gateway has told its time, at this uptime. */
  heard(gatewayMs: number, uptimeMs: number): void;
  /** ms since 1970; undefined: no clock can be right. */
  now(): number | undefined;
}

export function createGatewayTime(clock: Clock, boot: Boot, reference?: TimeReference): GatewayTime {
  const time: GatewayTime = {
    reference,
    heard(gatewayMs, uptimeMs) {
      const nowMs = gatewayMs + (boot.uptimeMs() - uptimeMs);
      const isWallRight = Math.abs(clock.wallNow() - nowMs) <= SAME_TIME_MS;
      time.reference = { gatewayMs, boot: { id: boot.id, uptimeMs }, isWallRight };
    },
    now() {
      const { reference: last } = time;
      const wallMs = clock.wallNow();
      if (last?.boot.id === boot.id) {
        const nowMs = last.gatewayMs + (boot.uptimeMs() - last.boot.uptimeMs);
        return last.isWallRight && Math.abs(wallMs - nowMs) <= LARGEST_DRIFT_MS ? wallMs : nowMs;
      }
      // A clock that shows an earlier time than before is wrong.
      return isPlausible(wallMs) ? Math.max(wallMs, last?.gatewayMs ?? 0) : undefined;
    },
  };
  return time;
}
