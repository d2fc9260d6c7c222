/**
 * `npm run bench:device`: compares this device with that of another commit, in pairs, within one run.
 *
 *     npm run bench:device -- --base FOLDER [--pairs 5] [--seconds 30] [--iterations 60] [--json]
 *                             [--only streaming,busy,acoustic] [--frames-per-packet 3] [--variants base,two threads]
 *     npm run bench:device -- --base FOLDER --only memory --minutes 60 --plot memory.svg
 *
 * FOLDER is a clone at the commit to compare with, after `npm ci && npm run bundle`.
 */
import { createProgress } from '../../src/cli/terminal/progress.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { chart, commandOptions, count, flag, someOf, text } from '../support/command-options.ts';
import { type Curve, curveFigures, drawMemory, recordMemory } from './memory-curve.ts';
import { acousticLatencyInPairs } from './pair-acoustic-latency.ts';
import { streamInPairs } from './pair-streaming.ts';
import { compareRounds, type PairedFigure, pairedTable, type Round } from './paired.ts';
import { makePlainCards } from './plain-cards.ts';
import { startPlainGateway } from './plain-gateway.ts';
import { startSecureGateway } from './secure-gateway.ts';
import { BASE, commitOf, variantsOf } from './variants.ts';

const options = commandOptions('npm run bench:device', 'This device compared with that of another commit, in pairs.', {
  base: text('folder', 'a clone at the commit to compare with, after npm ci && npm run bundle'),
  pairs: count('of measurements', 5),
  settle: count('seconds from the press on: after 20 most code is compiled, after 600 all of it', 20),
  seconds: count('of streaming', 30),
  iterations: count('of the acoustic latency', 60),
  framesPerPacket: count('20 ms frames in a packet', 3),
  only: someOf(['streaming', 'busy', 'acoustic', 'memory'], 'only these', ['streaming', 'busy', 'acoustic']),
  variants: text('names', 'only these variants, with commas'),
  minutes: count('of the memory', 10),
  copies: count('of each device, whose memory is measured at once', 1),
  plot: chart('draws the memory'),
  json: flag('prints JSON'),
});
const { base, plot, json, pairs, minutes, copies, framesPerPacket, iterations, only: wanted } = options;
const chosen = options.variants?.split(',');
const variants = variantsOf(base).filter(({ name }) => chosen?.includes(name) ?? true);

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
          settleSeconds: options.settle,
          seconds: options.seconds,
        });
      if (wanted.includes('streaming')) await inRounds('streaming', stream(0));
      if (wanted.includes('busy')) await inRounds('streaming, one core busy', stream(1));
      if (wanted.includes('memory')) {
        const onProgress = (share: number) => progress.update('memory', Math.min(1, share));
        const onSave = async (soFar: readonly Curve[]) => {
          if (plot !== undefined) await drawMemory(plot, soFar);
        };
        curves = await recordMemory({ variants, gateway, folder, cards, minutes, copies, onProgress, onSave });
      }
    } finally {
      await gateway.stop();
    }
  });
  await inTemporaryFolder(async (folder) => {
    const gateway = await startPlainGateway(folder, 'echo');
    const hear = (packet: number, busyCores: number) => (of: typeof variants) =>
      acousticLatencyInPairs({
        variants: of,
        cards,
        gateway: gateway.url,
        iterations,
        framesPerPacket: packet,
        busyCores,
      });
    try {
      if (wanted.includes('acoustic')) {
        await inRounds('20 ms packets', hear(1, 0));
        await inRounds('60 ms packets', hear(3, 0));
      }
      if (wanted.includes('busy')) await inRounds('60 ms packets, one core busy', hear(3, 1));
    } finally {
      await gateway.stop();
    }
  });
} finally {
  cards.remove();
  progress.end();
}
if (plot !== undefined && curves.length > 0) await drawMemory(plot, curves);

const say = (line: string) => void process.stdout.write(`${line}\n`);
const measuredNames = [...new Set(curves.map(({ variant }) => variant))];
const memory = measuredNames.map((name) => curveFigures(curves.filter(({ variant }) => variant === name)));
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
  for (const { variant, seconds, anonymousMb, residentMb, grownMb, slope, slopes } of memory) {
    if (seconds < minutes * 60 - 60) say(`${variant} ended by itself after ${Math.round(seconds)} s`);
    const trend = slope ? `; later ${slope.mbPerHour.toFixed(2)} ± ${slope.error.toFixed(2)} MB an hour` : '';
    const now = `${anonymousMb.toFixed(1)} MB anonymous, ${residentMb.toFixed(1)} MB resident over bare Node after ${Math.round(Math.min(10, minutes))} minutes`;
    say(
      `${variant}${copies > 1 ? `, mean of ${copies}` : ''}: ${now}; ${grownMb >= 0 ? '+' : ''}${grownMb.toFixed(1)} MB from 100 s on${trend}`,
    );
    for (const [part, { mbPerHour, error }] of Object.entries(slopes ?? {})) {
      say(`  of it ${part} ${mbPerHour.toFixed(2)} ± ${error.toFixed(2)} MB an hour`);
    }
  }
}
