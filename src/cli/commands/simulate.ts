import { Option } from 'commander';
import { concatenate } from '../../../actors/sound/s16.ts';
import { readSpeechFile } from '../../../actors/sound/wav-file.ts';
import { wavOf } from '../../../actors/sound/wav-header.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import { outputName } from '../../core/files/descriptors.ts';
import { writeOutput } from '../../core/files/output-file.ts';
import { checkChartName } from '../../tools/simulation/chart.ts';
import { readTrace } from '../../tools/simulation/delay-trace.ts';
import { DelaySeries, writePlot } from '../../tools/simulation/plot.ts';
import { POLICIES, type Policy, type SimulationResult, simulate } from '../../tools/simulation/simulate.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { decimal, wholeNumber } from '../terminal/number-options.ts';
import { linePrinter, printJson } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';

interface SimulateOptions {
  trace: string;
  packetMs: string;
  input: string;
  playback: Policy;
  loss: number;
  driftPpm: number;
  seconds?: number;
  seed: number;
  output?: string;
  plot?: string;
  json?: boolean;
}

const define: DefineCommand = (command) => {
  command
    .requiredOption(
      '--trace <file>',
      'one-way delays in ms, one packet per line, -1 for a lost packet; - for standard input',
    )
    .addOption(new Option('--packet-ms <ms>', 'length of a packet').choices(['20', '60']).makeOptionMandatory())
    .requiredOption('--input <wav>', 'speech to send; - for standard input')
    .addOption(new Option('--playback <policy>', 'jitter buffer').choices(POLICIES).default('adaptive'))
    .option('--loss <percent>', 'additional random packet loss', decimal(0, 100), 0)
    .option('--drift-ppm <n>', "how much faster the card's clock runs than the sender's", decimal(-1_000, 1_000), 0)
    .option('--seconds <n>', 'length of the stream (default: the longer of speech and trace)', wholeNumber(1, 86_400))
    .option('--seed <n>', 'seed of the random losses', wholeNumber(0, 0xffffffff), 1)
    .option('--output <wav>', 'write the played audio; - for standard output')
    .option('--plot <file>', 'draw delay, target and concealment over time, .png or .svg')
    .option('--json', 'print the figures as JSON')
    .action(run);
};

async function run(options: SimulateOptions): Promise<void> {
  if (options.plot !== undefined) checkChartName(options.plot);
  const outputs = [options.output, options.plot];
  checkFiles({ inputs: [options.trace, options.input], outputs, printsJson: options.json === true });
  const trace = await readTrace(options.trace);
  const speech = await readSpeechFile(options.input);
  const packetMs = Number(options.packetMs);
  const expectedMs =
    options.seconds === undefined ? Math.max(trace.length * packetMs, speech.length / 16) : options.seconds * 1_000;
  const progress = createProgress();
  const played: Int16Array[] = [];
  const series = new DelaySeries();
  const figures = simulate({
    trace,
    packetMs,
    speech,
    policy: options.playback,
    lossPercent: options.loss,
    driftPpm: options.driftPpm,
    seed: options.seed,
    ...(options.seconds === undefined ? {} : { seconds: options.seconds }),
    onTick(tick) {
      if (options.output !== undefined) played.push(tick.samples.slice());
      if (options.plot !== undefined) series.add(tick);
      progress.update('simulated', Math.min(1, tick.atMs / expectedMs));
    },
  });
  progress.end();
  if (options.output !== undefined) writeOutput(options.output, wavOf(concatenate(played)));
  if (options.plot !== undefined) await writePlot(options.plot, titleOf(options), series);
  if (options.json) printJson(figures);
  else {
    const print = linePrinter(options.output);
    for (const line of describe(figures)) print(line);
    for (const file of outputs) if (file !== undefined) print(`wrote ${outputName(file)}`);
  }
}

function titleOf({ trace, packetMs, playback }: SimulateOptions): string {
  return `${trace.split('/').pop()}, ${packetMs} ms packets, ${playback}`;
}

function describe(figures: SimulationResult): string[] {
  const { delayMs, trueDelayMs } = figures;
  return [
    `${figures.seconds} s played`,
    `delay         mean ${delayMs.mean}, median ${delayMs.p50}, 95 % ${delayMs.p95} ms (true mean ${trueDelayMs.mean} ms)`,
    `concealed     ${figures.concealedPercent} %, ${figures.eventsPerMinute} times per minute, ${figures.interruptionsOver150ms} of 150 ms or more`,
    `stretched     ${figures.acceleratedPercent} % removed, ${figures.deceleratedPercent} % inserted`,
    `skipped       ${figures.droppedPercent} %`,
    `frames        ${figures.late} late, ${figures.lost} lost, ${figures.recovered} recovered, ${figures.duplicates} duplicate, ${figures.dropped} dropped`,
    `packets       ${figures.reordered} out of order, ${figures.discontinuities} discontinuities`,
  ];
}

export default define;
