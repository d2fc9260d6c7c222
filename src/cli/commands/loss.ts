import { basename, join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { readSpeechFile } from '../../../actors/sound/wav-file.ts';
import { wavOf } from '../../../actors/sound/wav-header.ts';
import { checkFiles, checkFolder } from '../../core/files/check-files.ts';
import { makeOutputFolder, writeOutput } from '../../core/files/output-file.ts';
import { type LossResult, REMEDIES, testLoss } from '../../tools/simulation/loss.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';

interface LossOptions {
  input: string;
  rates: number[];
  framesPerPacket: string;
  seed: number;
  output?: string;
  json?: boolean;
}

const define: DefineCommand = (command) => {
  command
    .requiredOption('--input <wav>', 'speech to send; - for standard input')
    .addOption(
      new Option('--rates <percents>', 'percentages of lost packets')
        .argParser(percents)
        .default([5, 10, 20], '5,10,20'),
    )
    .addOption(new Option('--frames-per-packet <n>', '20 ms frames in a packet').choices(['1', '3']).default('1'))
    .option('--seed <n>', 'seed of the random losses', wholeNumber(0, 0xffffffff), 1)
    .option('--output <folder>', 'write the decoded audio as WAV files, with and without loss')
    .option('--json', 'print the figures as JSON')
    .action(run);
};

async function run(options: LossOptions): Promise<void> {
  const { input, output } = options;
  const outputs =
    output === undefined ? [] : options.rates.flatMap((rate) => Object.values(filesOf(output, input, rate)));
  checkFolder(output);
  checkFiles({ inputs: [input], outputs: [...new Set(outputs)], makesFolder: true });
  const speech = await readSpeechFile(input);
  const progress = createProgress();
  const framesPerPacket = Number(options.framesPerPacket);
  const results: LossResult[] = [];
  for (const [i, ratePercent] of options.rates.entries()) {
    progress.update(`loss at ${ratePercent} %:`, i / options.rates.length);
    results.push(testLoss({ speech, ratePercent, framesPerPacket, seed: options.seed }));
    // Lets Node handle signals between two rates, so that Ctrl-C works.
    await new Promise((resolve) => setImmediate(resolve));
  }
  progress.end();
  if (output !== undefined) {
    makeOutputFolder(output);
    for (const result of results) writeFiles(filesOf(output, input, result.ratePercent), result);
  }
  if (options.json) printJson({ framesPerPacket, results: results.map(figures), files: outputs });
  else for (const line of table(results, outputs)) printLine(line);
}

function figures({ ratePercent, frames, lostFrames, remedies }: LossResult) {
  const ofRemedy = REMEDIES.map((name) => {
    const { samples: _, ...rest } = remedies[name];
    return [name, rest] as const;
  });
  return { ratePercent, frames, lostFrames, ...Object.fromEntries(ofRemedy) };
}

type Variant = 'lossless' | (typeof REMEDIES)[number];

/** The output files for this loss rate. */
function filesOf(folder: string, input: string, ratePercent: number): Record<Variant, string> {
  const name = input === '-' ? 'speech' : basename(input).replace(/\.wav$/i, '');
  const path = (variant: Variant) => [variant, join(folder, `${name}-${ratePercent}-${variant}.wav`)] as const;
  return Object.fromEntries((['lossless', ...REMEDIES] as const).map(path)) as Record<Variant, string>;
}

function writeFiles(files: Record<Variant, string>, { reference, remedies }: LossResult): void {
  writeOutput(files.lossless, wavOf(reference));
  for (const remedy of REMEDIES) writeOutput(files[remedy], wavOf(remedies[remedy].samples));
}

function table(results: readonly LossResult[], files: readonly string[]): string[] {
  const lines = ['loss   lost      remedy       recovered  segmental SNR  spectral distance'];
  for (const { ratePercent, frames, lostFrames, remedies } of results) {
    for (const name of REMEDIES) {
      const { recoveredFrames, segmentalSnrDb, logSpectralDistanceDb } = remedies[name];
      const rate = `${ratePercent} %`.padEnd(6);
      const lost = `${lostFrames}/${frames}`.padEnd(9);
      const snr = `${segmentalSnrDb.toFixed(1)} dB`.padStart(13);
      const distance = `${logSpectralDistanceDb.toFixed(2)} dB`.padStart(18);
      lines.push(`${rate} ${lost} ${name.padEnd(12)} ${String(recoveredFrames).padStart(9)}${snr}${distance}`);
    }
  }
  return files.length > 0 ? [...lines, ...files.map((file) => `wrote ${file}`)] : lines;
}

function percents(value: string): number[] {
  const rates = value.split(',').map((word) => (word.trim() === '' ? Number.NaN : Number(word)));
  if (rates.every((rate) => rate >= 0 && rate <= 100)) return rates;
  throw new InvalidArgumentError('Write percentages from 0 to 100, like 5,10,20.');
}

export default define;
