/**
 * The end of a gateway without a cut reply: it takes no further devices, asks those that it has to connect to another gateway between
 * turns, and waits until they have left and the turns under way have ended.
 */
import type { Log } from '../core/log/log.ts';
import type { Clock } from '../core/time/clock.ts';
import { CLOSE_GOING_AWAY } from '../protocol/control.ts';
import type { Sessions } from './sessions.ts';

/** So the devices of a gateway arrive at the others and at the cloud at most at this pace: 100 a second. */
const SPREAD_MS_PER_DEVICE = 10;
/** How long an idle device may take to find another gateway, and a balancer to notice that this one is not ready. */
const LEAVE_MS = 5_000;
const CHECK_MS = 500;

export interface DrainingOptions {
  sessions: Pick<Sessions, 'count' | 'turns' | 'drain' | 'closeIdle' | 'ended'>;
  /** Takes no further devices. */
  refuse: () => void;
  clock: Clock;
  log: Log;
}

/** `serving` → `draining` → `ended`. */
export interface Draining {
  readonly state: 'serving' | 'draining' | 'ended';
  /** Resolves when no device is connected, at the latest after `timeoutMs`; the turns that still run then are cut. */
  drain(timeoutMs: number): Promise<void>;
}

export function createDraining({ sessions, refuse, clock, log }: DrainingOptions): Draining {
  let state: Draining['state'] = 'serving';
  let drained: Promise<void> | undefined;

  async function drain(timeoutMs: number): Promise<void> {
    state = 'draining';
    refuse();
    const startedAtMs = clock.now();
    const devices = sessions.count();
    const spreadMs = Math.min(devices * SPREAD_MS_PER_DEVICE, timeoutMs / 2);
    if (devices > 0) log.info('draining', { devices, turns: sessions.turns(), timeoutMs });
    sessions.drain({ afterMs: timeoutMs, spreadMs });
    const passedMs = () => clock.now() - startedAtMs;
    let timer: unknown;
    const timeout = new Promise<void>((resolve) => {
      const check = () => {
        if (passedMs() >= timeoutMs) return resolve();
        // A device that finds no other gateway, or does not know the message. It has time after its turn, too.
        if (passedMs() >= spreadMs + LEAVE_MS) sessions.closeIdle(LEAVE_MS, CLOSE_GOING_AWAY, 'going away');
        timer = clock.setTimeout(check, Math.min(CHECK_MS, timeoutMs - passedMs()));
      };
      check();
    });
    await Promise.race([sessions.ended(), timeout]);
    clock.clearTimeout(timer);
    state = 'ended';
    const turns = sessions.turns();
    if (turns > 0) log.warn('turns are cut: the time is over; their devices send them again elsewhere', { turns });
    else if (devices > 0) log.info('drained', { devices, afterMs: Math.round(passedMs()) });
  }

  return {
    get state() {
      return state;
    },
    drain(timeoutMs) {
      drained ??= drain(timeoutMs);
      return drained;
    },
  };
}
