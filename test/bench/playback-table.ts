/**
 * The table of docs/playback.md: every recorded trace, adaptive and fixed compared with NetEQ, and the Pareto curve.
 *
 *     npm run bench:playback                  the table, as Markdown
 *     npm run bench:playback -- --pareto      and the results of other weights of interruptions
 *     npm run bench:playback -- --synthetic   and other kinds of path, three seeds each (which were used for tuning)
 *     EARSHOT_TRACE_SEEDS=11,12,13 npm run bench:playback -- --synthetic   with other seeds
 */
import { fileURLToPath } from 'node:url';
import { concatenate } from '../../actors/sound/s16.ts';
import { readSpeechFile } from '../../actors/sound/wav-file.ts';
import { encodeSpeech } from '../../src/tools/simulation/encoded-speech.ts';
import { type Policy, type SimulationResult, settingsFor, simulate } from '../../src/tools/simulation/simulate.ts';
import { RECORDED, recordedTrace, SYNTHETIC } from '../support/traces.ts';

const SECONDS = 120;
const SEEDS = (process.env.EARSHOT_TRACE_SEEDS ?? '1,2,3').split(',').map(Number);
type Row = readonly [meanMs: number, p95Ms: number, concealedPercent: number, eventsPerMinute: number];

/** NetEQ (WebRTC) on the same traces with 109 s of speech at 24 kbit/s. */
const NETEQ: Record<keyof typeof RECORDED, Row> = {
  jit15_g3: [107, 124, 0.13, 4.0],
  loss5_g1: [133, 172, 0.9, 14],
  loss5_g3: [206, 377, 2.49, 19],
  loss10_g3: [474, 1_047, 4.08, 9],
};
const NAMES = Object.keys(RECORDED) as (keyof typeof RECORDED)[];

const recordings = ['0870', '0880', '0920'].map((name) =>
  fileURLToPath(new URL(`../../assets/sense-and-sensibility-${name}.wav`, import.meta.url)),
);
const speech = concatenate(await Promise.all(recordings.map(readSpeechFile)));
const encoded = encodeSpeech(speech, settingsFor([], 0));

function run(trace: readonly number[], packetMs: number, policy: Policy, interruptionWeight = 1): SimulationResult {
  const path = { trace, packetMs, lossPercent: 0, driftPpm: 0, seed: 1, seconds: SECONDS };
  return simulate({ ...path, speech, encoded, policy, interruptionWeight });
}

function row({ delayMs, concealedPercent, eventsPerMinute }: SimulationResult): Row {
  return [delayMs.mean, delayMs.p95, concealedPercent, eventsPerMinute];
}

function geometricMeans(rows: readonly Row[]): Row {
  const mean = (figure: 0 | 1 | 2 | 3): number =>
    Math.exp(
      rows.reduce((sum, values, i) => sum + Math.log(values[figure] / NETEQ[NAMES[i] ?? 'jit15_g3'][figure]), 0) /
        rows.length,
    );
  return [mean(0), mean(1), mean(2), mean(3)];
}

function cells([meanMs, p95Ms, concealed, events]: Row): string {
  return `${meanMs.toFixed(0)} / ${p95Ms.toFixed(0)} | ${concealed.toFixed(2)} | ${events.toFixed(1)}`;
}

function ratios(values: Row): string {
  return values.map((value) => value.toFixed(2)).join(' / ');
}

function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

const HEAD = '| delay mean / p95 ms | concealed % | events/min | stretched − / + % | skipped % | interruptions |';
const RULE = '| --- | --- | --- | --- | --- | --- |';

function allCells(rows: readonly SimulationResult[]): string {
  const mean = (figure: (figures: SimulationResult) => number): number =>
    rows.reduce((sum, figures) => sum + figure(figures), 0) / rows.length;
  const stretched = `${mean((each) => each.acceleratedPercent).toFixed(2)} / ${mean((each) => each.deceleratedPercent).toFixed(2)}`;
  const judged = cells([
    mean((each) => each.delayMs.mean),
    mean((each) => each.delayMs.p95),
    mean((each) => each.concealedPercent),
    mean((each) => each.eventsPerMinute),
  ]);
  const interruptions = mean((each) => each.interruptionsOver150ms);
  const skipped = mean((each) => each.droppedPercent).toFixed(2);
  return `${judged} | ${stretched} | ${skipped} | ${interruptions.toFixed(interruptions % 1 === 0 ? 0 : 1)} |`;
}

function printTable(): void {
  print(`| trace | buffer ${HEAD}`);
  print(`| --- | --- ${RULE}`);
  const adaptive: Row[] = [];
  for (const name of NAMES) {
    print(`| ${name} | NetEQ | ${cells(NETEQ[name])} | | | |`);
    for (const policy of ['adaptive', 'fixed'] as const) {
      const figures = run(recordedTrace(name), RECORDED[name].packetMs, policy);
      if (policy === 'adaptive') adaptive.push(row(figures));
      print(`| | ${policy} | ${allCells([figures])}`);
    }
  }
  for (const [packetMs, neteqMs] of [
    [20, 40],
    [60, 72],
  ] as const) {
    print(`| clean 25 ms, ${packetMs} ms packets | NetEQ | ${neteqMs} | | | | | |`);
    print(`| | adaptive | ${allCells([run([25], packetMs, 'adaptive')])}`);
  }
  print();
  print(
    `Geometric means of adaptive against NetEQ (mean, p95, concealed, events): ${ratios(geometricMeans(adaptive))}.`,
  );
}

function printPareto(): void {
  print();
  print('| weight of interruptions | mean / p95 / concealed / events against NetEQ |');
  print('| --- | --- |');
  for (const weight of [0.25, 0.5, 0.75, 1, 1.5, 2, 4]) {
    const rows = NAMES.map((name) => row(run(recordedTrace(name), RECORDED[name].packetMs, 'adaptive', weight)));
    print(`| ${weight} | ${ratios(geometricMeans(rows))} |`);
  }
}

function printSynthetic(): void {
  print();
  print(`| path | packets ${HEAD}`);
  print(`| --- | --- ${RULE}`);
  for (const [name, generate] of Object.entries(SYNTHETIC)) {
    for (const packetMs of [20, 60]) {
      const rows = SEEDS.map((seed) =>
        run(generate((SECONDS * 1_000) / packetMs, packetMs, seed), packetMs, 'adaptive'),
      );
      print(`| ${name} | ${packetMs} ms | ${allCells(rows)}`);
    }
  }
}

printTable();
if (process.argv.includes('--pareto')) printPareto();
if (process.argv.includes('--synthetic')) printSynthetic();
