/**
 * One seeded schedule of faults against the real daemon and the real gateway over real sockets, including `kill -9`;
 * and an account of every frame.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOpusEncoder } from '../../actors/codec/opus.ts';
import { storedTurnsFolder } from '../../src/core/files/paths.ts';
import type { StoredTurn } from '../../src/core/turn-store/turn-file.ts';
import type { Threads } from '../../src/device/audio/audio-thread.ts';
import { decodePacket } from '../../src/protocol/packet.ts';
import { earshot, type RunningCli } from '../support/cli.ts';
import { freePort } from '../support/free-port.ts';
import { openInlineTurnStore } from '../support/inline-turn-store.ts';
import { seededRandom } from '../support/random.ts';
import { recordedTurns } from '../support/recorded-turns.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { makeMemoryFolder } from '../support/system-memory.ts';
import { type Fault, inject, networkFaults, startFaultProxy } from './proxy.ts';

type Kill = { kind: 'kill daemon' | 'kill gateway' | 'kill both'; atMs: number; downMs: number };
type ScheduledFault = Fault | Kill;

/** `EARSHOT_FAULT_RESPONDER=assistant`: with the real recogniser and voice, whose models must be there. */
const RESPONDER = process.env.EARSHOT_FAULT_RESPONDER ?? 'parrot';
/** `EARSHOT_FAULT_THREADS=one` or `two`; else an even seed has one thread. With one, packets go by the system's memory, as under systemd. */
const THREADS = process.env.EARSHOT_FAULT_THREADS;

export interface Tally {
  seed: number;
  threads: Threads;
  faults: Record<string, number>;
  turns: number;
  framesSpoken: number;
  framesLost: number;
  framesDuplicated: number;
  /** At the `kill -9` of a daemon, what its disk did not have. */
  framesOnlyInMemory: number;
  /** The errors, in words; empty when there are none. */
  problems: string[];
  /** How often the daemon began again because no sound came from its microphone in time. */
  silentStarts: number;
  /** The logs of daemon and gateway, in case of an error. */
  log?: string;
}

/** The speech takes 3 s; faults happen during it and after it. Their time is counted from its first frame. */
const FAULT_SPAN_MS = 4_500;
/** A machine that is so busy that no sound comes from a recording within the limit of the device (5 s), again and again, shows nothing. */
const MAX_STARTS = 10;
/** From the last fault until all is delivered: backoff, time-out of dead connections, quiet time before delivery. */
const HEALING_LIMIT_MS = 10 * 60_000;

export function scheduleOf(seed: number): ScheduledFault[] {
  const random = seededRandom(seed);
  const faults: ScheduledFault[] = networkFaults(random, random.integer(1, 4), FAULT_SPAN_MS);
  if (random.next() < 0.5) {
    const kind = random.pick(['kill daemon', 'kill gateway', 'kill both'] as const);
    faults.push({ kind, atMs: random.integer(300, FAULT_SPAN_MS), downMs: random.integer(0, 800) });
  }
  return faults.sort((a, b) => a.atMs - b.atMs);
}

function threadsOf(seed: number): Threads {
  if (THREADS === 'one' || THREADS === 'two') return THREADS;
  if (THREADS !== undefined) throw new Error(`EARSHOT_FAULT_THREADS is one or two, not ${THREADS}`);
  return seed % 2 === 0 ? 'one' : 'two';
}

export async function runSchedule(seed: number): Promise<Tally> {
  const root = mkdtempSync(join(tmpdir(), `earshot-faults-${seed}-`));
  const device = join(root, 'device');
  const cloud = join(root, 'cloud');
  const threads = threadsOf(seed);
  const memory = makeMemoryFolder();
  const running: { gateway?: RunningCli; daemon?: RunningCli } = {};
  const sentFrames = new Map<string, number>();
  const tally: Tally = {
    seed,
    threads,
    faults: {},
    turns: 0,
    framesSpoken: 0,
    framesLost: 0,
    framesDuplicated: 0,
    framesOnlyInMemory: 0,
    silentStarts: 0,
    problems: [],
  };

  const port = await freePort();
  const startGateway = async () => {
    const gateway = [
      'gateway',
      '--open',
      '--port',
      String(port),
      '--state',
      cloud,
      '--ephemeral',
      '--json',
      '--log-level',
      'warn',
    ];
    running.gateway = earshot(gateway, { env: { EARSHOT_RESPONDER: RESPONDER } });
    await running.gateway.line(/^\{/);
  };
  await startGateway();
  const proxy = await startFaultProxy({ target: { host: '127.0.0.1', port }, seed, delayMs: 5, jitterMs: 5 });
  const startDaemon = () => {
    const url = `ws://127.0.0.1:${proxy.port}`;
    const files = ['--input', SHORT_SPEECH, '--output', 'null', '--state', device];
    // The encoded frames are identified by their bytes, whatever the link does.
    const fixed = ['--encoder', 'fixed'];
    const args = ['run', '--gateway', url, '--name', 'toy', '--threads', threads, '--json', '--log-level', 'info'];
    running.daemon = earshot([...args, ...fixed, ...files], { env: { EARSHOT_MEMORY_FOLDER: memory } });
  };

  /**
   * The turns on the device's disk, and with one thread in memory, contain the frames that were sent and are not confirmed yet.
   * Returns how many are in memory only.
   */
  const noteKept = (): number => {
    const onDisk = new Map(framesIn(storedTurnsFolder(device)));
    const inMemory = readdirSync(memory).flatMap((name) => framesIn(join(memory, name)));
    for (const [id, frames] of [...onDisk, ...inMemory]) {
      sentFrames.set(id, Math.max(sentFrames.get(id) ?? 0, frames));
    }
    return inMemory.reduce((sum, [id, frames]) => sum + Math.max(0, frames - (onDisk.get(id) ?? 0)), 0);
  };

  const hasSpoken = () => [...sentFrames.values()].some((frames) => frames > 0);

  /** Without a frame there is nothing to lose: the faults begin when the first one is on the disk. */
  async function speechBegins(): Promise<void> {
    for (let starts = 1; ; starts++) {
      startDaemon();
      const ended = { isSilent: false };
      running.daemon?.line(/"turnId"/).then(
        () => {
          ended.isSilent = true;
        },
        () => {
          ended.isSilent = true;
        },
      );
      while (!ended.isSilent && !hasSpoken()) {
        await delay(20);
        noteKept();
      }
      if (hasSpoken()) return;
      if (starts === MAX_STARTS) throw new Error(`nothing was said in ${starts} starts`);
      tally.silentStarts += 1;
      running.daemon?.kill('SIGKILL');
      await running.daemon?.ended;
    }
  }

  async function kill(fault: Kill): Promise<void> {
    const [daemon, gateway] = [fault.kind !== 'kill gateway', fault.kind !== 'kill daemon'];
    if (daemon) running.daemon?.kill('SIGKILL');
    if (gateway) running.gateway?.kill('SIGKILL');
    await Promise.all([daemon && running.daemon?.ended, gateway && running.gateway?.ended]);
    if (daemon) tally.framesOnlyInMemory += noteKept();
    await delay(fault.downMs);
    if (gateway) await startGateway();
    if (daemon) startDaemon();
  }

  try {
    await speechBegins();
    const startedMs = performance.now();
    for (const fault of scheduleOf(seed)) {
      await delay(startedMs + fault.atMs - performance.now());
      tally.faults[fault.kind] = (tally.faults[fault.kind] ?? 0) + 1;
      if ('downMs' in fault) await kill(fault);
      else inject(proxy, fault);
      noteKept();
    }
    proxy.reach();
    await healed(device, noteKept, running.daemon);
    running.daemon?.kill('SIGTERM');
    running.gateway?.kill('SIGTERM');
    await Promise.all([running.daemon?.ended, running.gateway?.ended]);
    compare(tally, sentFrames, framesByTurn(recordedTurns(cloud)));
  } catch (error) {
    tally.problems.push(error instanceof Error ? error.message : String(error));
  } finally {
    running.daemon?.kill('SIGKILL');
    running.gateway?.kill('SIGKILL');
    if (tally.problems.length > 0) {
      const logs = await Promise.all([running.daemon?.ended, running.gateway?.ended]);
      tally.log = logs.map((outcome) => outcome?.stderr ?? '').join('\n--- gateway\n');
    }
    await proxy.close();
    for (const folder of [root, memory]) rmSync(folder, { recursive: true, force: true });
  }
  return tally;
}

/** Waits until the current turn is over and the device's store is empty: everything is delivered and confirmed. */
async function healed(device: string, noteKept: () => void, daemon: RunningCli | undefined): Promise<void> {
  const limitMs = performance.now() + HEALING_LIMIT_MS;
  await daemon?.line(/"turnId"/);
  for (;;) {
    noteKept();
    const storedFiles = readdirSync(storedTurnsFolder(device)).filter((name) => name.endsWith('.turn'));
    if (storedFiles.length === 0) return;
    if (performance.now() > limitMs) throw new Error(`still on the device: ${storedFiles.join(', ')}`);
    await delay(100);
  }
}

function compare(tally: Tally, sentFrames: Map<string, number>, recorded: Map<string, Buffer[]>): void {
  const expected = expectedFrames();
  for (const [id, frames] of recorded) if (!sentFrames.has(id)) sentFrames.set(id, frames.length);
  for (const [id, frames] of sentFrames) {
    const record = recorded.get(id) ?? [];
    tally.turns += 1;
    tally.framesSpoken += frames;
    tally.framesLost += Math.max(0, frames - record.length);
    tally.framesDuplicated += Math.max(0, record.length - Math.max(frames, expected.length));
    const wrong = record.findIndex((frame, i) => !frame.equals(expected[i] ?? Buffer.alloc(0)));
    if (wrong !== -1) tally.problems.push(`${id}: frame ${wrong} differs from the one that was sent`);
    if (record.length < frames) tally.problems.push(`${id}: ${frames} frames sent, ${record.length} recorded`);
  }
}

function expectedFrames(): Buffer[] {
  const samples = readSamples(SHORT_SPEECH);
  const encoder = createOpusEncoder();
  const frames: Buffer[] = [];
  for (let at = 0; at < samples.length; at += 320) {
    const frame = new Int16Array(320);
    frame.set(samples.subarray(at, at + 320));
    frames.push(Buffer.from(encoder.encode(frame)));
  }
  return frames;
}

function framesByTurn(turns: readonly StoredTurn[]): Map<string, Buffer[]> {
  return new Map(
    turns.map(({ id, packets }) => {
      const decoded = packets.map(decodePacket);
      return [id, decoded.flatMap((each) => (each.ok ? each.packet.frames.map((frame) => Buffer.from(frame)) : []))];
    }),
  );
}

function framesIn(folder: string): [string, number][] {
  try {
    const store = openInlineTurnStore(folder, { limit: 10_000, onDropped() {}, onDamaged() {} });
    return [...framesByTurn(store.ids().flatMap((id) => store.read(id) ?? []))].map(([id, frames]) => [
      id,
      frames.length,
    ]);
  } catch {
    // The daemon has not created the folder yet, or a file was removed during the read: checked again soon.
    return [];
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

/** The results of the schedules, as lines of a table. */
export function tallyTable(tallies: readonly Tally[]): string[] {
  const faults: Record<string, number> = {};
  for (const tally of tallies) {
    for (const [kind, count] of Object.entries(tally.faults)) faults[kind] = (faults[kind] ?? 0) + count;
  }
  const sum = (figure: (tally: Tally) => number) => tallies.reduce((total, tally) => total + figure(tally), 0);
  const rows: [string, number | string][] = [
    ['schedules', tallies.length],
    ['  with one thread', tallies.filter(({ threads }) => threads === 'one').length],
    ['faults injected', Object.values(faults).reduce((a, b) => a + b, 0)],
    ...Object.entries(faults)
      .sort()
      .map(([kind, count]): [string, number] => [`  ${kind}`, count]),
    ['starts without sound', sum((tally) => tally.silentStarts)],
    ['turns', sum((tally) => tally.turns)],
    ['frames sent', sum((tally) => tally.framesSpoken)],
    ['frames lost', sum((tally) => tally.framesLost)],
    ['frames duplicated', sum((tally) => tally.framesDuplicated)],
    ['frames in memory only when the daemon was killed', sum((tally) => tally.framesOnlyInMemory)],
    ['schedules with a problem', tallies.filter(({ problems }) => problems.length > 0).length],
  ];
  return rows.map(([name, value]) => `${name.padEnd(50)}${String(value).padStart(8)}`);
}
