/**
 * Runs `bin/earshot` as a user would, with a temporary state folder.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inTime } from './in-time.ts';

export const EARSHOT = fileURLToPath(new URL('../../bin/earshot', import.meta.url));

const running = new Set<ChildProcess>();
// A failing test leaves its programs running, and its file would wait for them for ever.
if (process.env.NODE_TEST_CONTEXT) {
  after(() => {
    for (const child of running) child.kill('SIGKILL');
  });
}

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunningCli {
  pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the first (or nth) complete line of standard output that matches. */
  line(pattern: RegExp, nth?: number): Promise<string>;
  /** The same for standard error. */
  message(pattern: RegExp): Promise<string>;
  /** Its end, within the limit of a wait, from when it is asked for. */
  readonly ended: Promise<Outcome>;
}

export interface CliOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Runs as this user (and group). */
  uid?: number;
}

export function earshot(args: string[], { cwd = tmpdir(), env, uid }: CliOptions = {}): RunningCli {
  const state = mkdtempSync(join(tmpdir(), 'earshot-state-'));
  const child = spawn(EARSHOT, args, {
    cwd,
    // The assistant needs its models, and answers when it has understood: only where a test is about it.
    env: {
      ...process.env,
      EARSHOT_STATE: state,
      EARSHOT_STDOUT: '',
      EARSHOT_STDERR: '',
      EARSHOT_RESPONDER: 'parrot',
      // A gateway that is stopped would wait for the devices of the test to leave.
      EARSHOT_DRAIN_TIMEOUT: '0',
      ...env,
    },
    ...(uid !== undefined && { uid, gid: uid }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const check of waiting) check();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const check of waiting) check();
  });
  const ended = new Promise<Outcome>((resolve) => {
    child.on('close', (code) => {
      running.delete(child);
      rmSync(state, { recursive: true, force: true });
      resolve({ code, stdout, stderr });
    });
  });
  function nthLine(pattern: RegExp, nth: number, of: () => string): Promise<string> {
    const found = new Promise<string>((resolve, reject) => {
      const check = () => {
        // The text after the last line end is an incomplete line.
        const lines = of().split('\n').slice(0, -1);
        const found = lines.filter((line) => pattern.test(line))[nth - 1];
        if (found === undefined) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
      void ended.then(() => reject(new Error(`earshot ended without ${pattern}\n${stdout}\n${stderr}`)));
    });
    return inTime(found, () => `earshot writes ${pattern}\n${stdout}\n${stderr}`);
  }

  return {
    pid: child.pid ?? 0,
    kill: (signal) => child.kill(signal),
    line: (pattern, nth = 1) => nthLine(pattern, nth, () => stdout),
    message: (pattern) => nthLine(pattern, 1, () => stderr),
    get ended() {
      return inTime(ended, () => `earshot ${args.join(' ')} ends\n${stdout}\n${stderr}`);
    },
  };
}

/** Creates a folder and deletes it after the work. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-test-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
