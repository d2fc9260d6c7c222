/**
 * Runs a command of the operator in a shell, with a time limit, and collects what it writes. It gets the variables of the event and a few of
 * the daemon's own: not those with keys and tokens.
 */
import { spawn } from 'node:child_process';
import { messageOf } from '../../core/errors.ts';

const TIME_LIMIT_MS = 10_000;
/** From SIGTERM to SIGKILL. */
const GRACE_MS = 1_000;
/** Of what it writes; the rest is left out. */
const MAX_OUTPUT_CHARACTERS = 2_000;
/** Of the daemon's environment: where programs are, who runs them, in which language, and where the user's session is. */
const INHERITED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|XDG_RUNTIME_DIR|DBUS_SESSION_BUS_ADDRESS|DISPLAY|WAYLAND_DISPLAY|PULSE_\w+)$/;

export interface CommandResult {
  /** Undefined: it ended with 0. */
  failure: string | undefined;
  output: string;
}

export interface CommandOptions {
  variables: Record<string, string>;
  /** Stops it. */
  signal: AbortSignal;
  timeLimitMs?: number;
}

/** Never rejects. */
export function runCommand(
  command: string,
  { variables, signal, timeLimitMs = TIME_LIMIT_MS }: CommandOptions,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const inherited = Object.entries(process.env).filter(([name]) => INHERITED.test(name));
    let output = '';
    let failure: string | undefined;
    let killTimer: NodeJS.Timeout | undefined;
    // In a group of its own, so that what it has started is stopped with it.
    const child = spawn('/bin/sh', ['-c', command], {
      env: { ...Object.fromEntries(inherited), ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });

    const collect = (text: string): void => {
      output += text.slice(0, MAX_OUTPUT_CHARACTERS - output.length);
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', collect);
      // Its end is reported by the child.
      stream.on('error', () => {});
    }

    function stop(reason: string): void {
      failure ??= reason;
      kill('SIGTERM');
      killTimer ??= setTimeout(() => {
        kill('SIGKILL');
        // A program that has left the group keeps the pipes open.
        for (const stream of [child.stdout, child.stderr]) stream.destroy();
      }, GRACE_MS);
    }

    function kill(name: 'SIGTERM' | 'SIGKILL'): void {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name);
      } catch {
        // It has ended.
      }
    }

    const limit = setTimeout(() => stop(`it took longer than ${timeLimitMs / 1_000} s`), timeLimitMs);
    const onAbort = () => stop('the daemon stopped it');
    signal.addEventListener('abort', onAbort, { once: true });
    child.on('error', (error) => {
      failure ??= messageOf(error);
      end();
    });
    child.on('close', (code, ended) => {
      if (code !== 0) failure ??= ended ? `it was ended by ${ended}` : `it ended with ${code}`;
      end();
    });

    function end(): void {
      clearTimeout(limit);
      clearTimeout(killTimer);
      signal.removeEventListener('abort', onAbort);
      resolve({ failure, output: output.trimEnd() });
    }
  });
}
