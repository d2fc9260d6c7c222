/**
 * Reports the daemon's status to systemd (sd_notify(3)): readiness, status text, and watchdog keep-alives.
 *
 * systemd listens on a Unix datagram socket, which Node does not support. So this runs `systemd-notify`: once at the start, at
 * each change of the link, and twice per watchdog period. With the unit's two minutes that is one short process a minute; none
 * where systemd did not start the daemon. The unit needs NotifyAccess=all, because the message comes from another process.
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
  /** Called before each keep-alive: if it returns false, none is sent and systemd restarts the daemon. */
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
  /** Assignments not sent yet: the newest of each name, in the order in which they were set. */
  const pending = new Map<string, string>();
  let sending = false;
  let timer: unknown;

  function notifyLater(name: string, value: string): void {
    pending.set(name, value);
    if (!sending) void flush();
  }

  async function flush(): Promise<void> {
    sending = true;
    while (pending.size > 0) {
      const assignments = [...pending].map(([name, value]) => `${name}=${value}`);
      pending.clear();
      try {
        await notify(assignments);
      } catch (error) {
        log.warn('systemd-notify failed', {
          assignments,
          error: error instanceof Error ? error.message : String(error),
        });
      }
    }
    sending = false;
  }

  /** systemd sets both when the unit has a watchdog; the second says for which process. */
  const { WATCHDOG_USEC, WATCHDOG_PID } = environment;
  const isWatched = WATCHDOG_USEC !== undefined && (WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === pid);
  const intervalMs = Number(WATCHDOG_USEC) / US_PER_MS / 2;

  function scheduleKeepAlive(): void {
    timer = clock.setTimeout(() => {
      if (isAlive()) notifyLater('WATCHDOG', '1');
      scheduleKeepAlive();
    }, intervalMs);
  }

  return {
    ready() {
      notifyLater('READY', '1');
      if (isWatched && intervalMs > 0) scheduleKeepAlive();
    },
    status: (text) => notifyLater('STATUS', printable(text)),
    stopping() {
      clock.clearTimeout(timer);
      notifyLater('STOPPING', '1');
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
