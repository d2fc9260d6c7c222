/**
 * Tells systemd how the daemon is (sd_notify(3)): that it is ready, what it does, that it still lives.
 *
 * systemd listens on a datagram socket of the Unix domain, which Node does not speak. So its own `systemd-notify` is run, once
 * at the start, at each change of the link, and twice in each period of the watchdog: with the unit's two minutes that
 * is one short process a minute, and none at all where systemd did not start us. The unit needs NotifyAccess=all, because
 * the message comes from another process.
 */
import { execFile } from 'node:child_process';
import type { Log } from '../core/log/log.ts';
import { printable } from '../core/log/printable.ts';
import type { Clock } from '../core/time/clock.ts';

export interface SystemdOptions {
  environment?: NodeJS.ProcessEnv;
  pid?: number;
  clock: Clock;
  log: Log;
  /** Asked before each sign of life: a daemon that says no is started again by systemd. */
  isAlive: () => boolean;
  notify?: Notify;
}

/** Sends these assignments; resolves when systemd has them. */
export type Notify = (assignments: string[]) => Promise<void>;

export interface Systemd {
  ready(): void;
  /** One line, for `systemctl status`. */
  status(text: string): void;
  stopping(): void;
}

const US_PER_MS = 1_000;
const NOTIFY_TIMEOUT_MS = 5_000;

export function connectSystemd(options: SystemdOptions): Systemd {
  const { environment = process.env, pid = process.pid, clock, log, isAlive, notify = runNotify } = options;
  if (!environment.NOTIFY_SOCKET) return { ready() {}, status() {}, stopping() {} };
  /** What systemd does not know yet: the newest of each kind, in the order in which it came. */
  const unsaid = new Map<string, string>();
  let speaking = false;
  let timer: unknown;

  function say(name: string, value: string): void {
    unsaid.set(name, value);
    if (!speaking) void speak();
  }

  async function speak(): Promise<void> {
    speaking = true;
    while (unsaid.size > 0) {
      const assignments = [...unsaid].map(([name, value]) => `${name}=${value}`);
      unsaid.clear();
      try {
        await notify(assignments);
      } catch (error) {
        log.warn('systemd cannot be told', {
          assignments,
          error: error instanceof Error ? error.message : String(error),
        });
      }
    }
    speaking = false;
  }

  /** systemd sets both when the unit has a watchdog; the second says for which process. */
  const { WATCHDOG_USEC, WATCHDOG_PID } = environment;
  const isWatched = WATCHDOG_USEC !== undefined && (WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid);
  const intervalMs = Number(WATCHDOG_USEC) / US_PER_MS / 2;

  function giveSignOfLife(): void {
    timer = clock.setTimeout(() => {
      if (isAlive()) say('WATCHDOG', '1');
      giveSignOfLife();
    }, intervalMs);
  }

  return {
    ready() {
      say('READY', '1');
      if (isWatched && intervalMs > 0) giveSignOfLife();
    },
    status: (text) => say('STATUS', printable(text)),
    stopping() {
      clock.clearTimeout(timer);
      say('STOPPING', '1');
    },
  };
}

function runNotify(assignments: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('systemd-notify', assignments, { timeout: NOTIFY_TIMEOUT_MS }, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}
