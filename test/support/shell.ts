/** Runs command lines in a shell of a folder: to their end, or until they have printed something. */
import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const END_MS = 10_000;

export interface Tried {
  ok: boolean;
  output: string;
}

export interface Started {
  text(): string;
  /** Interrupts it. */
  end(): Promise<void>;
}

export interface Shell {
  run(line: string, withinMs: number): Promise<Tried>;
  serve(line: string, until: RegExp, withinMs: number): Promise<Tried>;
  /** @throws Error with its output, when it does not print this in time */
  startUntil(line: string, until: RegExp, withinMs: number): Promise<Started>;
}

export function createShell(folder: string, env: NodeJS.ProcessEnv): Shell {
  function start(line: string) {
    // A group of its own: an interrupt reaches what the shell has started.
    const child = spawn('bash', ['-c', line], { cwd: folder, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (text) => (output += text));
    child.stderr.on('data', (text) => (output += text));
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    return { child, ended, text: () => output };
  }

  async function printed(of: ReturnType<typeof start>, until: RegExp, withinMs: number): Promise<boolean> {
    const lastAt = performance.now() + withinMs;
    while (!until.test(of.text())) {
      if (performance.now() > lastAt || of.child.exitCode !== null) return false;
      await sleep(50);
    }
    return true;
  }

  return {
    async run(line, withinMs) {
      const started = start(line);
      let isInTime = true;
      const limit = setTimeout(() => {
        isInTime = false;
        signal(started.child, 'SIGKILL');
      }, withinMs);
      const code = await started.ended;
      clearTimeout(limit);
      return { ok: isInTime && code === 0, output: started.text() };
    },
    async serve(line, until, withinMs) {
      const started = start(line);
      const ok = await printed(started, until, withinMs);
      await end(started);
      return { ok, output: started.text() };
    },
    async startUntil(line, until, withinMs) {
      const started = start(line);
      if (!(await printed(started, until, withinMs))) {
        await end(started);
        throw new Error(`${line}\n${started.text()}`);
      }
      return { text: started.text, end: () => end(started) };
    },
  };
}

/** To all of its group: what the shell has started may outlive it, and holds its output. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function end({ child, ended }: { child: ChildProcess; ended: Promise<unknown> }): Promise<void> {
  signal(child, 'SIGINT');
  await Promise.race([ended, sleep(END_MS, undefined, { ref: false }).then(() => signal(child, 'SIGKILL'))]);
  await ended;
}
