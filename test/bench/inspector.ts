/**
 * The cost of inspection: `npm run bench:inspector`.
 *
 * - CPU time of the daemon during turns: without the flag, with it, with a page open. The three run at the same time,
 *   because times on a shared machine compare only within the same period; the median of the ratios counts.
 * - Frames per second of the page during a turn.
 * - Memory of the page over 30 simulated minutes of turns.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { WebSocket } from 'ws';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { newToken } from '../../src/observability/inspect/access.ts';
import type { Entry } from '../../src/observability/inspect/entries.ts';
import { createEntryLog } from '../../src/observability/inspect/entry-log.ts';
import { lastRun } from '../../src/observability/inspect/flight-recorder.ts';
import { readFlightRecording } from '../../src/observability/inspect/flight-recording.ts';
import { createPageClients } from '../../src/observability/inspect/page-clients.ts';
import { servePage } from '../../src/observability/inspect/server.ts';
import { withBrowser } from '../browser/browser.ts';
import { earshot, inTemporaryFolder, type RunningCli } from '../support/cli.ts';
import { LONG_SPEECH } from '../support/speech.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 7);
const MEASURED_MS = Number(process.env.BENCH_MS ?? 6_000);
/** From the press until the whole system is busy. */
const SETTLE_MS = 700;
const MOST_CPU_MORE = 0.15;
const LEAST_FRAMES = 55;
const SIMULATED_MINUTES = 30;
const MOST_PAGE_MB = 80;

const KINDS = ['without', 'flag', 'page'] as const;
type Kind = (typeof KINDS)[number];
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const say = (line: string) => void process.stdout.write(`${line}\n`);

/** Run time of the threads of a process: the scheduler counts it in ns, /proc/…/stat estimates it by ticks. */
function cpuMs(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const ns = tasks.map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]));
  return ns.reduce((sum, each) => sum + each, 0) / 1e6;
}

/** A daemon that runs turns without a pause, full duplex. */
async function measureDaemon(kind: Kind, gateway: string, folder: string): Promise<number> {
  const files = ['--input', LONG_SPEECH, '--output', 'null', '--state', join(folder, kind), '--name', kind];
  const flags = kind === 'without' ? [] : ['--inspect=0'];
  const daemon = earshot(['run', '--json', '--gateway', gateway, ...files, ...flags], { cwd: folder });
  const page = kind === 'page' ? watch(await inspectorOf(daemon)) : undefined;
  // The first turn is the warm-up: code that runs for the first time is compiled in it.
  await daemon.line(/"turnId"/);
  daemon.kill('SIGUSR1');
  await sleep(SETTLE_MS);
  const before = cpuMs(daemon.pid);
  await sleep(MEASURED_MS);
  const perSecond = ((cpuMs(daemon.pid) - before) / MEASURED_MS) * 1_000;
  page?.terminate();
  daemon.kill('SIGTERM');
  await daemon.ended;
  return perSecond;
}

async function inspectorOf(line: RunningCli): Promise<string> {
  return (await line.message(/^inspector at /)).replace('inspector at ', '');
}

/**
 * For the daemon an open page is only the data that it sends; a browser on the same two cores would be measured, too.
 */
function watch(url: string): WebSocket {
  const { host, hash } = new URL(url);
  const socket = new WebSocket(`ws://${host}/feed`, ['earshot.inspect.1', `token.${hash.slice(1)}`]);
  socket.on('message', () => {});
  return socket;
}

async function benchCpu(folder: string): Promise<boolean> {
  const gateway = earshot([
    'gateway',
    '--open',
    '--port',
    '0',
    '--responder',
    'echo',
    '--json',
    '--state',
    join(folder, 'cloud'),
  ]);
  const { url } = JSON.parse(await gateway.line(/^\{/)) as { url: string };
  const measured: Record<Kind, number[]> = { without: [], flag: [], page: [] };
  for (let round = 0; round < ROUNDS; round++) {
    const together = await Promise.all(KINDS.map((kind) => measureDaemon(kind, url, folder)));
    for (const [i, kind] of KINDS.entries()) measured[kind].push(together[i] ?? Number.NaN);
  }
  gateway.kill('SIGTERM');
  await gateway.ended;
  const ratio = (kind: Kind) => median(measured[kind].map((ms, round) => ms / (measured.without[round] ?? Number.NaN)));
  for (const kind of KINDS) {
    const rounds = measured[kind].map((each) => each.toFixed(1)).join(' ');
    const more = `${((ratio(kind) - 1) * 100).toFixed(1)} % more`;
    say(`cpu ${kind.padEnd(8)} ${median(measured[kind]).toFixed(1)} ms/s (${rounds})  ${more}`);
  }
  return ratio('page') < 1 + MOST_CPU_MORE;
}

async function benchFrames(folder: string): Promise<boolean> {
  const files = ['--input', LONG_SPEECH, '--output', 'null', '--state', join(folder, 'frames')];
  const line = earshot(['start', '--inspect=0', '--responder', 'echo', ...files], { cwd: folder });
  const url = await inspectorOf(line);
  const frames = await withBrowser(async ({ open }) => {
    const { page } = await open(url);
    await page.waitForSelector('#drawing .state.on');
    await page.waitForTimeout(1_000);
    return page.evaluate(countFrames, 5_000);
  });
  line.kill('SIGTERM');
  await line.ended;
  say(`frames: ${frames.perSecond.toFixed(1)} a second while a turn runs; 95 % within ${frames.p95Ms.toFixed(1)} ms`);
  return frames.perSecond >= LEAST_FRAMES;
}

/** Runs in the page. */
function countFrames(forMs: number): Promise<{ perSecond: number; p95Ms: number }> {
  return new Promise((resolve) => {
    const gaps: number[] = [];
    const started = performance.now();
    let last = started;
    const frame = (now: number) => {
      gaps.push(now - last);
      last = now;
      if (now - started < forMs) return requestAnimationFrame(frame);
      gaps.sort((a, b) => a - b);
      return resolve({
        perSecond: (gaps.length / (now - started)) * 1_000,
        p95Ms: gaps[Math.floor(gaps.length * 0.95)] ?? 0,
      });
    };
    requestAnimationFrame(frame);
  });
}

/** One recorded turn, repeated as fast as the page accepts it: messages, levels, samples of 30 minutes. */
async function benchMemory(folder: string): Promise<boolean> {
  const state = join(folder, 'memory');
  await earshot(['start', '--once', '--record', '--output', 'null', '--state', state], { cwd: folder }).ended;
  const { entries } = await readFlightRecording(join(state, 'flight', lastRun('device')));
  const entryLog = createEntryLog();
  const tabs = createPageClients(entryLog, systemClock);
  const server = await servePage({
    host: '127.0.0.1',
    port: 0,
    token: newToken(),
    log: silentLog,
    onPage: (socket) => tabs.add(socket, { k: 'hello', mode: 'live', title: 'bench', templates: {} }),
  });
  const usedMb = await withBrowser(async ({ open }) => {
    const { page } = await open(server.url);
    const used: number[] = [];
    for await (const minute of simulate(entries, entryLog.write)) {
      if (minute % 5 !== 0) continue;
      await page.waitForTimeout(500);
      used.push(await heapMb(page));
      const nodes = await page.evaluate(() => document.querySelectorAll('*').length);
      say(`memory after ${minute} simulated minutes: ${used.at(-1)?.toFixed(1)} MB, ${nodes} elements`);
    }
    return used;
  });
  tabs.close();
  await server.close();
  const [half = 0, last = 0] = [usedMb.at(Math.floor(usedMb.length / 2)), usedMb.at(-1)];
  return last < MOST_PAGE_MB && last < half * 1.2;
}

async function* simulate(entries: Entry[], write: (entry: Entry) => void): AsyncGenerator<number> {
  const times = entries.flatMap((entry) => ('t' in entry ? [entry.t] : []));
  const startMs = Math.min(...times);
  const lengthMs = Math.max(...times) - startMs + 500;
  let minute = 0;
  for (let turn = 0; turn * lengthMs < SIMULATED_MINUTES * 60_000; turn++) {
    for (const entry of entries) {
      // Actors are started only once.
      if (turn > 0 && (entry.k === 'actor' || entry.k === 'chart' || entry.k === 'gone')) continue;
      if (entry.k === 'gone') continue;
      write('t' in entry ? { ...entry, t: entry.t + turn * lengthMs } : entry);
    }
    await sleep(20);
    const now = Math.floor(((turn + 1) * lengthMs) / 60_000);
    if (now > minute) yield now;
    minute = now;
  }
}

/** Memory after a garbage collection. */
async function heapMb(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize / 1_048_576;
}

await inTemporaryFolder(async (folder) => {
  const wanted = process.argv.slice(2);
  for (const [name, bench] of Object.entries({ cpu: benchCpu, frames: benchFrames, memory: benchMemory })) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    if (await bench(folder)) continue;
    say(`${name}: does not meet the requirement`);
    process.exitCode = 1;
  }
});
