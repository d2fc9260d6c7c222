/**
 * From mouth to ear through a page: `npm run bench:page`.
 *
 *     npm run bench:page -- [--rounds 3] [--chirps 20] [--browsers chromium,firefox] [--json] [--plot delay.svg]
 *
 * The client library alone raw and with the browser's echo cancellation, and the talk page as people have it, for its CPU. A chirp is said into a microphone of a sound server, recorded by the page, sent to a gateway that echoes it (1 frame a packet), and played by
 * the page into a speaker of the same server. Both are recorded by one clock. The variants take turns, because times on a shared
 * machine compare only within the same period.
 */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { echo } from '../../../actors/responder/echo.ts';
import { createProgress } from '../../../src/cli/terminal/progress.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { startGateway } from '../../../src/gateway/gateway.ts';
import { percentiles } from '../../../src/tools/latency/statistics.ts';
import { writeChart } from '../../../src/tools/simulation/chart.ts';
import { type BrowserSound, startBrowserSound } from '../../browser/sound.ts';
import { inTemporaryFolder } from '../../support/cli.ts';
import { chart, commandOptions, count, flag, someOf } from '../../support/command-options.ts';
import { withoutCloud } from '../../support/no-cloud.ts';
import { type Result, table } from '../result.ts';
import { delaysOf, makeChirps } from './chirps.ts';
import { BROWSERS, type BrowserName, type Measured, type PageCpu, watchCpu, withPage } from './measured-page.ts';

const BUILT = fileURLToPath(new URL('../../../dist/', import.meta.url));
const HTML = '<!doctype html><html lang="en"><title>Bench</title><script type="module" src="page.js"></script></html>';
/** p50 in ms, and the page with its sound in percent of a core. */
const GOALS = { raw: 150, removesEcho: 170, cpu: 15 };

const options = commandOptions('npm run bench:page', 'From mouth to ear through a page, and its CPU.', {
  rounds: count('of all variants', 3),
  chirps: count('of each round', 20),
  browsers: someOf(BROWSERS, 'browsers'),
  json: flag('prints JSON'),
  plot: chart('draws the delays'),
});
const { chirps, rounds } = options;

const KINDS = [
  { measured: 'library', removesEcho: false },
  { measured: 'library', removesEcho: true },
  { measured: 'talk page', removesEcho: true },
] as const;

interface Variant {
  browser: BrowserName;
  measured: Measured;
  removesEcho: boolean;
  delaysMs: number[];
  cpu: PageCpu[];
}

const variants: Variant[] = options.browsers.flatMap((browser) =>
  KINDS.map((kind) => ({ browser, ...kind, delaysMs: [], cpu: [] })),
);

async function buildPage(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const entryPoints = { page: fileURLToPath(new URL('page.ts', import.meta.url)) };
  await build({ entryPoints, outdir: folder, bundle: true, format: 'esm', minify: true });
  for (const name of ['worklet.js', 'opus.wasm', 'voice.wasm'])
    copyFileSync(join(BUILT, 'pages/talk', name), join(folder, name));
  writeFileSync(join(folder, 'index.html'), HTML);
}

async function measure({ delaysMs, cpu, ...variant }: Variant, url: string, sound: BrowserSound) {
  await withPage({ ...variant, url, sound }, async () => {
    const endRecording = await sound.record();
    const cpuSince = watchCpu(variant.browser);
    await sound.say(makeChirps(chirps));
    cpu.push(cpuSince());
    delaysMs.push(...delaysOf(await endRecording(), chirps));
  });
}

function resultsOf({ browser, measured, removesEcho, delaysMs, cpu }: Variant): Result[] {
  const name = nameOf({ browser, measured, removesEcho });
  const { p50 = Number.NaN, p95 = Number.NaN } = percentiles(delaysMs) ?? {};
  const median = (of: (each: PageCpu) => number) => percentiles(cpu.map(of))?.p50 ?? Number.NaN;
  const ofCpu = {
    ...{ name: `page and its sound, ${name}`, unit: '% of a core', specification: '', goal: GOALS.cpu },
    measured: median(({ pagePercent }) => pagePercent),
    detail: `all processes of the browser ${median(({ browserPercent }) => browserPercent).toFixed(1)} %; ${threadsOf(cpu)}`,
  };
  // The talk page plays what comes ahead of real time: its delay is that of a reply, not of live audio.
  if (measured === 'talk page') return [ofCpu];
  const found = `${delaysMs.length} of ${rounds * chirps} chirps, lowest ${Math.min(...delaysMs).toFixed(0)}`;
  return [
    {
      ...{ name: `mouth to ear, ${name}, p50`, unit: 'ms', specification: '', measured: p50, detail: found },
      goal: removesEcho ? GOALS.removesEcho : GOALS.raw,
    },
    { name: `mouth to ear, ${name}, p95`, unit: 'ms', specification: '', measured: p95 },
    ofCpu,
  ];
}

/** The threads that count, the busiest first. */
function threadsOf(cpu: readonly PageCpu[]): string {
  const names = new Set(cpu.flatMap(({ threads }) => Object.keys(threads)));
  return [...names]
    .map((name) => ({ name, percent: percentiles(cpu.map(({ threads }) => threads[name] ?? 0))?.p50 ?? 0 }))
    .filter(({ percent }) => percent >= 0.1)
    .sort((a, b) => b.percent - a.percent)
    .map(({ name, percent }) => `${name} ${percent.toFixed(1)}`)
    .join(', ');
}

function nameOf({ browser, measured, removesEcho }: Pick<Variant, 'browser' | 'measured' | 'removesEcho'>): string {
  return `${browser}, ${measured === 'talk page' ? measured : removesEcho ? 'echo cancellation' : 'raw'}`;
}

/** How many of the chirps were heard within how many ms. */
async function plot(path: string): Promise<void> {
  const heard = variants.filter(({ measured }) => measured === 'library');
  const series = heard.map(({ browser, measured, removesEcho, delaysMs }) => {
    const sorted = delaysMs.toSorted((a, b) => a - b);
    const data = sorted.map((ms, i) => [ms, ((i + 1) / sorted.length) * 100]);
    return {
      type: 'line' as const,
      step: 'end' as const,
      showSymbol: false,
      name: nameOf({ browser, measured, removesEcho }),
      data,
    };
  });
  await writeChart(path, {
    title: { text: 'From mouth to ear through a page (echo, 1 frame a packet)' },
    legend: { top: 40 },
    xAxis: { type: 'value', name: 'ms', min: 'dataMin' },
    yAxis: { type: 'value', name: '% of chirps', max: 100 },
    series,
  });
}

const sound = await startBrowserSound();
if (!sound) throw new Error('there is no PulseAudio here (apt-get install pulseaudio)');
const progress = createProgress();
try {
  await inTemporaryFolder(async (folder) => {
    await buildPage(join(folder, 'dist/pages/talk'));
    const open = (name: Measured, pages: string) =>
      startGateway({
        ...{ host: '127.0.0.1', port: 0, responder: echo, log: silentLog },
        cloud: withoutCloud({ has: () => false, record: async () => {} }),
        web: { state: join(folder, name), pages },
      });
    const gateways = {
      library: await open('library', join(folder, 'dist')),
      'talk page': await open('talk page', BUILT),
    };
    for (let round = 0; round < rounds; round++) {
      const first = round % variants.length;
      for (const [i, variant] of [...variants.slice(first), ...variants.slice(0, first)].entries()) {
        progress.update('mouth to ear', (round + i / variants.length) / rounds);
        await measure(variant, `${gateways[variant.measured].webUrl}/talk/`, sound);
      }
    }
    for (const gateway of Object.values(gateways)) await gateway.close();
  });
} finally {
  progress.end();
  await sound.stop();
}
const results = variants.flatMap(resultsOf);
if (options.plot !== undefined) await plot(options.plot);
const say = (line: string) => void process.stdout.write(`${line}\n`);
if (options.json) say(JSON.stringify({ results, variants }));
else {
  for (const line of table(results)) say(line);
  for (const { name, detail } of results) if (detail) say(`${name}: ${detail}`);
}
if (results.some(({ goal, measured }) => goal !== undefined && !(measured <= goal))) process.exitCode = 1;
