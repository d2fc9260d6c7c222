/**
 * `npm run bench:gateway`: the cost of a gateway, compared with a raw `ws` server with the same traffic in the same
 * run.
 *
 *     npm run bench:gateway -- [--devices 200,500] [--mode echo|parrot|idle] [--seconds 20] [--pairs 1]
 *                              [--workers 2] [--base FOLDER] [--json] [--plot gateway.svg]
 *
 * With --workers, a gateway with so many processes is measured, too; its devices have no tokens, and are given to each in turn. So is one process with
 * as many devices as each of them has: what it costs more a stream than one with all of them is not the cost of having several.
 * Several numbers of devices are measured one after the other, and drawn by --plot. With --base, the gateway of the
 * clone in FOLDER (after `npm ci`) is measured, too. With several pairs the medians count.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createProgress } from '../../../src/cli/terminal/progress.ts';
import { inTemporaryFolder } from '../../support/cli.ts';
import { chart, commandOptions, count, counts, flag, oneOf, text } from '../../support/command-options.ts';
import { here } from '../children.ts';
import { median, memoryOf, sum, threadsOf } from '../counters.ts';
import { plot } from './plot.ts';
import { type Comparison, type Load, quantile, ratioOf, type ServerResult, table } from './results.ts';
import { buildServer, type Server, startServer } from './server.ts';

const ROOT = here('../..').replace(/\/$/, '');
/** V8 compiles what is run often in the first ten seconds, in each process: several have that cost several times, once. */
const SETTLE_SECONDS = 15;

const options = commandOptions('npm run bench:gateway', 'The cost of a gateway, compared with a raw ws server.', {
  devices: counts('devices, one number after the other', [200]),
  mode: oneOf(['echo', 'parrot', 'idle'], 'what the devices do', 'echo'),
  seconds: count('of each measurement', 20),
  pairs: count('of measurements: the medians count', 1),
  workers: count('processes of a gateway that is measured, too', 1),
  base: text('folder', 'of a clone whose gateway is measured, too (after npm ci)'),
  json: flag('prints JSON'),
  plot: chart('draws it'),
});
const { mode, seconds, pairs, workers, devices: sizes } = options;

interface Measured {
  delays: number[];
  packets: number;
  missing: number;
}

async function measure(server: Server, load: Load): Promise<ServerResult> {
  const processes = [server.pid, ...server.workers];
  const memory = () => sum(processes.map((pid) => memoryOf(pid).residentMb));
  const before = memory();
  const child = fork(
    here('gateway/load.ts'),
    [JSON.stringify({ ...load, url: server.url, settleSeconds: SETTLE_SECONDS })],
    {
      execArgv: ['--import', 'tsx'],
    },
  );
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the devices ended with ${code}`);
  });
  failed.catch(() => {}); // Also called at the end, when nobody waits any more.
  const says = async <T>(): Promise<T> => (await Promise.race([once(child, 'message'), failed]))[0] as T;
  const { connectMs } = await says<{ connectMs: number }>();
  await says();
  const from = processes.map(cpuMs);
  const startedMs = performance.now();
  const measured = says<Measured>();
  await new Promise((resolve) => setTimeout(resolve, load.seconds * 1_000));
  const used = processes.map((pid, i) => cpuMs(pid) - (from[i] ?? 0));
  const usedMs = sum(used);
  const byWorkers = used.slice(1);
  const elapsedSeconds = (performance.now() - startedMs) / 1_000;
  const during = memory();
  const { delays, packets, missing } = await measured;
  return {
    kind: server.kind,
    connectMs,
    cpuMsPerStreamSecond: usedMs / load.devices / elapsedSeconds,
    delayMs: { p50: quantile(delays, 0.5), p99: quantile(delays, 0.99), max: quantile(delays, 1) },
    kbPerDevice: ((during - before) * 1_024) / load.devices,
    residentMb: during,
    packets,
    missing,
    ...(byWorkers.length > 0 && { shares: byWorkers.map((ms) => ms / sum(byWorkers)) }),
  };
}

function cpuMs(pid: number): number {
  return sum(threadsOf(pid).map((thread) => thread.cpuMs));
}

function medianOf(rounds: readonly ServerResult[]): ServerResult {
  const [first] = rounds;
  if (!first) throw new Error('nothing was measured');
  const of = (figure: (each: ServerResult) => number) => median(rounds.map(figure));
  return {
    kind: first.kind,
    connectMs: of((each) => each.connectMs),
    cpuMsPerStreamSecond: of((each) => each.cpuMsPerStreamSecond),
    delayMs: {
      p50: of((each) => each.delayMs.p50),
      p99: of((each) => each.delayMs.p99),
      max: of((each) => each.delayMs.max),
    },
    kbPerDevice: of((each) => each.kbPerDevice),
    residentMb: of((each) => each.residentMb),
    packets: sum(rounds.map((each) => each.packets)),
    missing: sum(rounds.map((each) => each.missing)),
    ...(first.shares && { shares: first.shares.map((_, i) => of((each) => each.shares?.[i] ?? 0)) }),
  };
}

const progress = createProgress();
const comparisons: Comparison[] = [];
await inTemporaryFolder(async (folder) => {
  const gateway = { kind: 'gateway' as const, root: ROOT, file: await buildServer('gateway', ROOT, folder, workers) };
  const programs = [
    { name: 'gateway', ...gateway, workers: 1, part: 1 },
    ...(workers > 1
      ? [
          { name: `gateway, ${workers} processes`, ...gateway, workers, part: 1 },
          { name: `gateway, 1/${workers} of the devices`, ...gateway, workers: 1, part: workers },
        ]
      : []),
    ...(options.base === undefined
      ? []
      : [
          {
            name: 'base',
            kind: 'gateway' as const,
            root: options.base,
            file: await buildServer('gateway', options.base, folder),
            workers: 1,
            part: 1,
          },
        ]),
    {
      name: 'raw ws',
      kind: 'raw' as const,
      root: ROOT,
      file: await buildServer('raw', ROOT, folder),
      workers: 1,
      part: 1,
    },
  ];
  for (const devices of sizes) {
    const rounds = new Map<string, ServerResult[]>();
    for (let pair = 0; pair < pairs; pair++) {
      // Each is first as often as the others.
      for (const { name, kind, root, file, workers, part } of programs.map(
        (_, i) => programs[(i + pair) % programs.length] ?? programs[0],
      ) as typeof programs) {
        progress.update(`${devices} devices, ${name}`, pair / pairs);
        const server = await startServer(kind, root, file, { mode, workers });
        try {
          const load = { mode, devices: Math.round(devices / part), seconds };
          rounds.set(name, [...(rounds.get(name) ?? []), await measure(server, load)]);
        } finally {
          await server.stop();
        }
      }
    }
    const of = (name: string) => rounds.get(name) ?? [];
    const servers = programs.map(({ name }, i) => ({
      name,
      result: medianOf(of(name)),
      ...(i > 0 && pairs > 1 && { cpuOfFirst: ratioOf(of(name), of(programs[0]?.name ?? '')) }),
    }));
    comparisons.push({ mode, devices, seconds, servers });
  }
});
progress.end();
if (options.json) process.stdout.write(`${JSON.stringify(comparisons)}\n`);
else for (const comparison of comparisons) for (const line of table(comparison)) process.stdout.write(`${line}\n`);
if (options.plot !== undefined) await plot(options.plot, mode, comparisons);
