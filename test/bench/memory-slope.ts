/**
 * Whether memory grows with turns: the second hour of conversations in virtual time, device and gateway in one process,
 * and the heap after a garbage collection every few minutes. Runs in a separate process, with --expose-gc.
 */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runConversations, startVirtualSystem } from '../model/virtual-system.ts';
import type { Result } from './result.ts';
import { trend } from './trend.ts';

const CONVERSATIONS = 10;
/** Until everything that is created once exists and is compiled: one of two hours. */
const WARM_UP_SHARE = 0.5;

interface Sample {
  minutes: number;
  usedKb: number;
}

export async function measureSlope({
  minutes,
  onProgress,
}: {
  minutes: number;
  onProgress(share: number): void;
}): Promise<Result> {
  // Optimised code, which V8 creates and discards as needed, is not a leak: a heap snapshot shows no other growth.
  const args = [
    '--expose-gc',
    '--no-opt',
    '--no-maglev',
    '--import',
    'tsx',
    fileURLToPath(import.meta.url),
    `${minutes}`,
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  child.on('message', (share: number) => onProgress(share));
  const samples = JSON.parse(await text(child.stdout as Readable)) as Sample[];
  const steady = samples.filter((sample) => sample.minutes > minutes * WARM_UP_SHARE);
  const { slope, error } = trend(steady.map((sample) => [sample.minutes, sample.usedKb]));
  const last = steady.at(-1)?.usedKb ?? Number.NaN;
  return {
    name: 'memory growth of an hour of conversations',
    unit: 'KB/min',
    specification: '',
    // Zero within noise: below twice its standard error.
    goal: Math.max(1, Number((2 * error).toFixed(2))),
    measured: Math.max(0, slope),
    detail: `${slope.toFixed(2)} ± ${error.toFixed(2)} KB a simulated minute over ${minutes} minutes; ${(last / 1_024).toFixed(1)} MB at the end, heap and buffers`,
  };
}

async function live(minutes: number): Promise<void> {
  const line = startVirtualSystem(1);
  const startedMs = line.clock.now();
  const samples: Sample[] = [];
  for (let seed = 1; ; seed++) {
    await runConversations(line, seed, CONVERSATIONS);
    // Memory of the harness itself, for comparison.
    line.trace.length = 0;
    line.records.length = 0;
    line.encodedFrames.clear();
    line.recorded.clear();
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    const passed = (line.clock.now() - startedMs) / 60_000;
    samples.push({ minutes: passed, usedKb: (heapUsed + external) / 1_024 });
    process.send?.(passed / minutes);
    if (passed >= minutes) break;
  }
  line.stop();
  process.stdout.write(JSON.stringify(samples));
  process.disconnect?.();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await live(Number(process.argv[2]));
