/**
 * `npm run bench:device`: compares this device with that of another commit, in pairs, within one run.
 *
 *     npm run bench:device -- --base FOLDER [--pairs 5] [--seconds 30] [--iterations 60] [--json]
 *                             [--only streaming,busy,acoustic] [--frames-per-packet 3] [--variants base,two threads]
 *     npm run bench:device -- --base FOLDER --only memory --minutes 60 --plot memory.svg
 *
 * FOLDER is a clone at the commit to compare with, after `npm ci && npm run bundle`.
 */
import { parseArgs } from 'node:util';
import { createProgress } from '../../src/cli/terminal/progress.ts';
import { checkChartName } from '../../src/tools/simulation/chart.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { type Curve, curveFigures, drawMemory, recordMemory } from './memory-curve.ts';
import { acousticLatencyInPairs } from './pair-acoustic-latency.ts';
import { streamInPairs } from './pair-streaming.ts';
import { compareRounds, type PairedFigure, pairedTable, type Round } from './paired.ts';
import { makePlainCards } from './plain-cards.ts';
import { startSecureGateway } from './secure-gateway.ts';
import { BASE, commitOf, variantsOf } from './variants.ts';

const { values } = parseArgs({
  options: {
    base: { type: 'string' },
    pairs: { type: 'string', default: '5' },
    /** From the press until all code on the path is compiled. */
    settle: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '30' },
    iterations: { type: 'string', default: '60' },
    'frames-per-packet': { type: 'string', default: '3' },
    only: { type: 'string', default: 'streaming,busy,acoustic' },
    variants: { type: 'string' },
    minutes: { type: 'string', default: '10' },
    plot: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const { base, plot, json } = values;
if (plot !== undefined) checkChartName(plot);
const pairs = Number(values.pairs);
const minutes = Number(values.minutes);
const wanted = values.only.split(',');
const chosen = values.variants?.split(',');
const variants = variantsOf(base).filter(({ name }) => chosen?.includes(name) ?? true);
const framesPerPacket = Number(values['frames-per-packet']);
const iterations = Number(values.iterations);

const cards = makePlainCards();
if (!cards) throw new Error('a card in software needs gcc and libasound2-dev');
const progress = createProgress();
const measured: Record<string, PairedFigure[]> = {};
let curves: Curve[] = [];

/** This many rounds, each with the variants in another order. */
async function inRounds(what: string, measure: (of: typeof variants) => Promise<Round>): Promise<void> {
  const rounds: Round[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    progress.update(what, pair / pairs);
    const first = pair % variants.length;
    rounds.push(await measure([...variants.slice(first), ...variants.slice(0, first)]));
  }
  measured[what] = compareRounds(rounds, BASE);
}

try {
  await inTemporaryFolder(async (folder) => {
    const gateway = await startSecureGateway(folder, 'echo');
    try {
      const stream = (busyCores: number) => (of: typeof variants) =>
        streamInPairs({
          ...{ variants: of, gateway, folder, cards, framesPerPacket, busyCores },
          settleSeconds: Number(values.settle),
          seconds: Number(values.seconds),
        });
      if (wanted.includes('streaming')) await inRounds('streaming', stream(0));
      if (wanted.includes('busy')) await inRounds('streaming, one core busy', stream(1));
      if (wanted.includes('memory')) {
        const onProgress = (share: number) => progress.update('memory', Math.min(1, share));
        const onSave = async (soFar: readonly Curve[]) => {
          if (plot !== undefined) await drawMemory(plot, soFar);
        };
        curves = await recordMemory({ variants, gateway, folder, cards, minutes, onProgress, onSave });
      }
    } finally {
      await gateway.stop();
    }
  });
  const hear = (packet: number, busyCores: number) => (of: typeof variants) =>
    acousticLatencyInPairs({ variants: of, cards, iterations, framesPerPacket: packet, busyCores });
  if (wanted.includes('acoustic')) {
    await inRounds('20 ms packets', hear(1, 0));
    await inRounds('60 ms packets', hear(3, 0));
  }
  if (wanted.includes('busy')) await inRounds('60 ms packets, one core busy', hear(3, 1));
} finally {
  cards.remove();
  progress.end();
}
if (plot !== undefined && curves.length > 0) await drawMemory(plot, curves);

const say = (line: string) => void process.stdout.write(`${line}\n`);
const memory = curves.map(curveFigures);
if (json) {
  const commits = { ...(base !== undefined && { base: commitOf(base) }), compared: commitOf('.') };
  say(
    JSON.stringify({
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      commits,
      measured,
      memory,
      curves,
    }),
  );
} else {
  for (const [what, figures] of Object.entries(measured)) {
    say(`${what}:`);
    for (const line of pairedTable(figures)) say(`  ${line}`);
    say('');
  }
  for (const { variant, seconds, anonymousMb, residentMb, grownMb, slope } of memory) {
    if (seconds < minutes * 60 - 60) say(`${variant} ended by itself after ${Math.round(seconds)} s`);
    const trend = slope ? `; later ${slope.mbPerHour.toFixed(2)} ± ${slope.error.toFixed(2)} MB an hour` : '';
    const now = `${anonymousMb.toFixed(1)} MB anonymous, ${residentMb.toFixed(1)} MB resident over bare Node after ${Math.round(Math.min(10, minutes))} minutes`;
    say(`${variant}: ${now}; ${grownMb >= 0 ? '+' : ''}${grownMb.toFixed(1)} MB from 100 s on${trend}`);
  }
}
