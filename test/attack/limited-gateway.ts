/**
 * The real gateway with its embedded cloud, as `earshot gateway` starts them, with limits on memory and disk, enforced
 * by the kernel and by a monitor that kills them.
 *
 * Memory: the monitor adds up the resident memory ten times a second, and kills both processes above the limit.
 * RLIMIT_DATA of each stops faster growth: above it the kernel refuses more memory, and Node ends. Both processes also
 * end with the harness. Disk: as root, a separate file system (tmpfs) in a mount namespace that ends with the process;
 * otherwise the monitor.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { operatorsCloud } from '../../src/gateway/cloud-address.ts';
import { endWithTests } from '../support/end-with-tests.ts';
import { exitOf, inTime } from '../support/in-time.ts';
import { childrenOf, descriptorsOf, folderBytes, raisePriority, residentBytes } from './processes.ts';

export const MEMORY_LIMIT_BYTES = 256e6;
export const DISK_LIMIT_BYTES = 200e6;
/** Of the write-ahead log of a cloud that lasts: what one large transaction writes, and what is kept after it (src/cloud/database/sqlite.ts). */
export const LOG_LIMIT_BYTES = 48e6;
/** Data that each process may allocate, used or not; the program's text, about 42 MB, is not included. */
const DATA_LIMIT_BYTES = MEMORY_LIMIT_BYTES - 42e6;
/** As small as threads allow: the whole stack of each counts, used or not. */
const STACK_BYTES = 2 * 1_024 * 1_024;
/**
 * Node's own choice on a machine with this little memory, and less: half of it for old objects, a 256th of that, at
 * least 1 MB, for each half of the young ones (V8, HeapSizeFromPhysicalMemory). Here Node sees the memory of the whole
 * machine.
 */
const NODE_OPTIONS = '--max-old-space-size=64 --max-semi-space-size=1';
const WATCH_MS = 100;
const LOG_TAIL_BYTES = 64 * 1_024;

export interface Peaks {
  memoryBytes: number;
  gatewayBytes: number;
  cloudBytes: number;
  diskBytes: number;
  /** Of a cloud that lasts. */
  writeAheadBytes: number;
  logBytes: number;
  /** Descriptors of the gateway or its embedded cloud, mostly sockets. */
  descriptors: number;
}

export interface LimitedGateway {
  readonly url: string;
  /** `http://…` of its embedded cloud. */
  readonly cloud: string;
  /** Its state folder, for reading. */
  readonly state: string;
  /** How the limits are enforced, for people. */
  readonly enforcement: string;
  readonly peaks: Peaks;
  /** The first failure: it ended, its cloud ended, or a limit was exceeded. Empty while there is none. */
  readonly broken: string[];
  /** The end of its output. */
  readonly log: string;
  /** Current number of descriptors. */
  descriptors(): number;
  /** Ends it with SIGTERM. Resolves with the duration; undefined if it had to be killed, or had already ended. */
  stop(patienceMs: number): Promise<number | undefined>;
}

export interface LimitedGatewayOptions {
  /** The program. */
  command: string;
  /** Options of `earshot gateway`. */
  args: readonly string[];
  /** Its cloud keeps what it has, as that of `earshot gateway` does. */
  isDurable: boolean;
  /** How much its priority is raised above that of other programs. */
  raise: number;
}

export async function startLimitedGateway({
  command: earshot,
  args,
  isDurable,
  raise,
}: LimitedGatewayOptions): Promise<LimitedGateway> {
  const root = mkdtempSync(join(tmpdir(), 'earshot-attack-'));
  const inNamespace = hasNamespaces();
  const command = [
    ...(inNamespace ? ['unshare', '--mount'] : []),
    'sh',
    '-c',
    [
      ...(inNamespace ? [`mount -t tmpfs -o size=${DISK_LIMIT_BYTES} earshot-attack "${root}"`] : []),
      `mkdir "${root}/tmp"`,
      `exec setpriv --pdeathsig KILL prlimit --data=${DATA_LIMIT_BYTES} --stack=${STACK_BYTES} "$@"`,
    ].join(' && '),
    'sh',
    earshot,
    'gateway',
    '--port',
    '0',
    '--json',
    '--state',
    join(root, 'state'),
    ...(isDurable ? [] : ['--ephemeral']),
    '--responder',
    'echo',
    ...args,
  ];
  const [program = '', ...rest] = command;
  const child = endWithTests(
    spawn(program, rest, {
      cwd: tmpdir(),
      env: {
        ...process.env,
        // Hostile clients do not leave when they are asked to.
        EARSHOT_DRAIN_TIMEOUT: '0',
        TMPDIR: join(root, 'tmp'),
        NODE_OPTIONS,
        UV_THREADPOOL_SIZE: '4',
        EARSHOT_STDOUT: '',
        EARSHOT_STDERR: '',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: raise > 0,
    }),
  );
  const pid = child.pid ?? 0;
  if (raise > 0) raisePriority(pid, raise);
  const inside = inNamespace ? `/proc/${pid}/root${root}` : root;
  const peaks: Peaks = {
    memoryBytes: 0,
    gatewayBytes: 0,
    cloudBytes: 0,
    diskBytes: 0,
    writeAheadBytes: 0,
    logBytes: 0,
    descriptors: 0,
  };
  const broken: string[] = [];
  let log = '';
  let stopping = false;
  child.stderr?.on('data', (bytes: Buffer) => {
    peaks.logBytes += bytes.length;
    log = (log + bytes.toString('utf8')).slice(-LOG_TAIL_BYTES);
  });
  child.once('exit', (code, signal) => {
    if (!stopping) broken.push(`the gateway ended (${signal ?? code}): ${lastLine(log)}`);
  });

  const url = await inTime(
    firstLine(child, () => log),
    () => `the address of the gateway; it wrote ${log}`,
  ).catch((error: unknown) => {
    rmSync(root, { recursive: true, force: true });
    throw error;
  });
  const state = join(inside, 'state');
  const [cloudPid = 0] = await until(
    () => childrenOf(pid),
    (found) => found.length > 0,
  );
  const cloud = await until(
    () => cloudOf(state),
    (found) => found !== undefined,
  );
  function kill(reason: string): void {
    if (broken.length > 0) return;
    broken.push(reason);
    child.kill('SIGKILL');
  }

  const descriptors = () => Math.max(descriptorsOf(pid), descriptorsOf(cloudPid));

  function watch(): void {
    const { each, all } = residentBytes([pid, cloudPid]);
    const [gatewayBytes = 0, cloudBytes = 0] = each;
    if (gatewayBytes === 0) return;
    peaks.gatewayBytes = Math.max(peaks.gatewayBytes, gatewayBytes);
    peaks.cloudBytes = Math.max(peaks.cloudBytes, cloudBytes);
    peaks.memoryBytes = Math.max(peaks.memoryBytes, all);
    peaks.descriptors = Math.max(peaks.descriptors, descriptors());
    if (all > MEMORY_LIMIT_BYTES) kill(`memory: ${Math.round(all / 1e6)} MB`);
    if (cloudBytes === 0 && !stopping && broken.length === 0) broken.push('the embedded cloud ended');
  }

  async function watchDisk(): Promise<void> {
    const used = inNamespace ? await fileSystemBytes(inside) : folderBytes(root);
    peaks.diskBytes = Math.max(peaks.diskBytes, used);
    if (used > DISK_LIMIT_BYTES) kill(`disk: ${Math.round(used / 1e6)} MB`);
    const writeAhead = await stat(join(state, 'cloud', 'cloud.db-wal')).catch(() => undefined);
    peaks.writeAheadBytes = Math.max(peaks.writeAheadBytes, writeAhead?.size ?? 0);
    if (peaks.writeAheadBytes > LOG_LIMIT_BYTES) kill(`write-ahead log: ${Math.round(peaks.writeAheadBytes / 1e6)} MB`);
  }

  const watching = setInterval(watch, WATCH_MS);
  const watchingDisk = setInterval(() => void watchDisk().catch(() => undefined), 5 * WATCH_MS);

  return {
    url,
    cloud: cloud?.url ?? '',
    state,
    enforcement: [
      `killed above ${MEMORY_LIMIT_BYTES / 1e6} MB resident, gateway and embedded cloud together, text counted once`,
      `RLIMIT_DATA ${DATA_LIMIT_BYTES / 1e6} MB each`,
      inNamespace ? `disk: tmpfs of ${DISK_LIMIT_BYTES / 1e6} MB` : `killed above ${DISK_LIMIT_BYTES / 1e6} MB of disk`,
    ].join('; '),
    peaks,
    broken,
    get log() {
      return log;
    },
    descriptors,
    async stop(patienceMs) {
      stopping = true;
      clearInterval(watching);
      clearInterval(watchingDisk);
      const startedMs = performance.now();
      let late = false;
      const patience = setTimeout(() => {
        late = true;
        child.kill('SIGKILL');
      }, patienceMs);
      const hadEnded = !child.kill('SIGTERM');
      await exitOf(child);
      clearTimeout(patience);
      rmSync(root, { recursive: true, force: true });
      return late || hadEnded ? undefined : performance.now() - startedMs;
    },
  };
}

/** Root, on a kernel that permits mounting. */
function hasNamespaces(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'earshot-attack-'));
  const { status } = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'earshot-attack', probe]);
  rmSync(probe, { recursive: true, force: true });
  return status === 0;
}

async function firstLine(child: ChildProcess, log: () => string): Promise<string> {
  let printed = '';
  return await new Promise((resolve, reject) => {
    child.stdout?.on('data', (bytes: Buffer) => {
      printed += bytes.toString();
      if (printed.includes('\n')) resolve(JSON.parse(printed.split('\n')[0] ?? '').url);
    });
    child.once('exit', () => reject(new Error(`the gateway did not start: ${log()}`)));
  });
}

function cloudOf(state: string): { url: string } | undefined {
  try {
    return operatorsCloud(state, {});
  } catch {
    return undefined; // it does not exist yet
  }
}

async function fileSystemBytes(folder: string): Promise<number> {
  const { blocks, bfree, bsize } = await statfs(folder);
  return (blocks - bfree) * bsize;
}

const START_PATIENCE_MS = 60_000;

async function until<T>(look: () => T, isIt: (found: T) => boolean): Promise<T> {
  const limitMs = performance.now() + START_PATIENCE_MS;
  for (;;) {
    const found = look();
    if (isIt(found)) return found;
    if (performance.now() > limitMs) throw new Error('the gateway did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => /error|fatal|heap|memory/i.test(line));
  return lines.at(-1)?.trim().slice(0, 200) ?? '';
}
