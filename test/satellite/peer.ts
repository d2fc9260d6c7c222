/**
 * Home Assistant's end, played by `esphome-client` (ISC) in a process with Node 22: `peer/` has what is installed, once, into a folder beside the models, and the program.
 * Without a registry the tests that need it are skipped; with `EARSHOT_REQUIRE_ESPHOME=1` they fail.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { endWithTests } from '../support/end-with-tests.ts';
import { exitOf, inTime } from '../support/in-time.ts';
import { testModelsFolder } from '../support/models.ts';

const PEER = fileURLToPath(new URL('./peer/', import.meta.url));
const FILES = ['package.json', 'package-lock.json', 'home-assistant.mjs'];
const INSTALL_MS = 5 * 60_000;

export interface PeerEvent {
  event: 'request' | 'audio' | 'state' | 'disconnect';
  // biome-ignore lint/suspicious/noExplicitAny: JSON of the peer
  [field: string]: any;
}

export interface Peer {
  // biome-ignore lint/suspicious/noExplicitAny: JSON of the peer
  call(method: string, args?: object): Promise<any>;
  /** The first event from `from` on that fits, past or future. */
  waitFor(fits: (event: PeerEvent) => boolean, what: string, from?: number): Promise<PeerEvent>;
  readonly events: readonly PeerEvent[];
  forgetEvents(): void;
  isRunning(): boolean;
  end(): Promise<void>;
}

/** Why the tests are skipped; false: they are not. */
export async function installPeer(): Promise<string | false> {
  try {
    await install();
    return false;
  } catch (error) {
    if (process.env.EARSHOT_REQUIRE_ESPHOME === '1') throw error;
    return `esphome-client cannot be installed: ${error instanceof Error ? error.message.split('\n')[0] : error}`;
  }
}

function folderOf(): string {
  const hash = createHash('sha256');
  for (const name of FILES) hash.update(readFileSync(join(PEER, name)));
  return join(dirname(testModelsFolder), 'test-peers', `esphome-${hash.digest('hex').slice(0, 12)}`);
}

/** Two test processes may do it at the same time: the folder appears whole. */
async function install(): Promise<void> {
  const folder = folderOf();
  if (existsSync(folder)) return;
  const part = `${folder}-${randomUUID()}`;
  mkdirSync(part, { recursive: true });
  try {
    for (const name of FILES) cpSync(join(PEER, name), join(part, name));
    await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: part,
      timeout: INSTALL_MS,
    });
    if (!existsSync(folder)) renameSync(part, folder);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

export function startPeer(): Peer {
  const folder = folderOf();
  const node = join(folder, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
  const child: ChildProcess = endWithTests(
    spawn(node, [join(folder, 'home-assistant.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const events: PeerEvent[] = [];
  const waiting = new Set<() => void>();
  const calls = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let ids = 0;
  if (!child.stdout || !child.stdin) throw new Error('the peer has no streams');
  const { stdin } = child;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line);
    if ('event' in message) {
      events.push(message);
      for (const look of waiting) look();
      return;
    }
    const call = calls.get(message.id);
    calls.delete(message.id);
    if (message.error) call?.reject(Object.assign(new Error(message.error.message), message.error));
    else call?.resolve(message.result);
  });
  let hasExited = false;
  child.on('exit', () => {
    hasExited = true;
    for (const { reject } of calls.values()) reject(new Error('the peer has ended'));
  });

  return {
    events,
    forgetEvents: () => void events.splice(0),
    isRunning: () => !hasExited,
    call(method, args) {
      const answer = new Promise((resolve, reject) => {
        ids += 1;
        calls.set(ids, { resolve, reject });
        stdin.write(`${JSON.stringify({ id: ids, method, args })}\n`);
      });
      return inTime(answer, `the peer's answer to ${method}`);
    },
    waitFor(fits, what, from = 0) {
      const wanted = new Promise<PeerEvent>((resolve) => {
        const look = () => {
          const found = events.slice(from).find(fits);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
      return inTime(wanted, () => `${what}; there were ${JSON.stringify(events.map(({ event }) => event))}`);
    },
    async end() {
      stdin.end();
      await exitOf(child);
    },
  };
}
