/**
 * The processes that a benchmark measures. Each is started by one of these functions, and ended by `stop`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { makeMemoryFolder } from '../support/system-memory.ts';

/** The output of a child. */
const LINES_KEPT = 100;

export interface Child {
  pid: number;
  /** Resolves with the first matching line of either stream. */
  says(pattern: RegExp): Promise<string>;
  /** Called for each matching line. */
  onLine(pattern: RegExp, then: () => void): void;
  kill(signal: NodeJS.Signals): void;
  hasEnded(): boolean;
  stop(): Promise<void>;
}

/** The device's build: `npm run bundle`. */
export const DEVICE = fileURLToPath(new URL('../../dist-device/earshot/bin/earshot', import.meta.url));

export const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** A file of this folder, from source. */
export function script(file: string, args: string[] = [], env: NodeJS.ProcessEnv = {}, options: string[] = []): Child {
  const command = [...options, '--import', 'tsx', here(file), ...args];
  return watch(spawn(process.execPath, command, { env: { ...process.env, ...env } }));
}

/** An idle Node process: the floor of memory and idle cost; or one that runs this code. */
export function bareNode(work = 'setInterval(() => {}, 2 ** 30); console.log("here")'): Child {
  return watch(spawn(process.execPath, ['-e', work]));
}

export interface DaemonOptions {
  url: string;
  certificate: string;
  folder: string;
  name: string;
  /** The device's build: of this clone or of another. */
  program?: string;
  env?: NodeJS.ProcessEnv;
  args: string[];
}

let memory: string | undefined;

/** In memory, and there for as long as this process: as the systemd unit's is until the next boot. */
function memoryFolder(): string {
  if (memory === undefined) {
    const made = makeMemoryFolder();
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    memory = made;
  }
  return memory;
}

export function daemon({ url, certificate, folder, name, program = DEVICE, env = {}, args }: DaemonOptions): Child {
  const of = ['run', '--gateway', url, '--name', name, '--state', `${folder}/${name}`, '--json', '--log-level', 'info'];
  const unit = { EARSHOT_MEMORY_FOLDER: memoryFolder() };
  const certain = { NODE_EXTRA_CA_CERTS: certificate, EARSHOT_STDOUT: '', EARSHOT_STDERR: '' };
  return watch(spawn(program, [...of, ...args], { cwd: folder, env: { ...process.env, ...unit, ...env, ...certain } }));
}

/** A daemon that runs turns without a pause: a new turn begins when one has ended. */
export function talker(options: DaemonOptions): Child {
  const talking = daemon(options);
  talking.onLine(/ connected/, () => talking.kill('SIGUSR1'));
  talking.onLine(/"turnId"/, () => talking.kill('SIGUSR1'));
  return talking;
}

/** Children that end together, so that the caller need not track them. */
export function startTogether(): { start(child: Child): Child; stopAll(): Promise<void> } {
  const started: Child[] = [];
  return {
    start(child) {
      started.push(child);
      return child;
    },
    async stopAll() {
      await Promise.all(started.map((child) => child.stop()));
    },
  };
}

function watch(child: ChildProcess): Child {
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
      for (const listener of [...listeners]) listener(line);
    });
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    pid: child.pid ?? 0,
    says(pattern) {
      return new Promise((resolve, reject) => {
        const listener = (line: string) => {
          if (!pattern.test(line)) return false;
          listeners.delete(listener);
          resolve(line);
          return true;
        };
        if (lines.some(listener)) return;
        listeners.add(listener);
        void ended.then(() => reject(new Error(`ended without ${pattern}:\n${lines.join('\n')}`)));
      });
    },
    onLine(pattern, then) {
      listeners.add((line) => pattern.test(line) && then());
    },
    kill: (signal) => child.kill(signal),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async stop() {
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), 4_000);
      await ended;
      clearTimeout(patience);
    },
  };
}
