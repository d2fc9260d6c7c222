import { basename, join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { readSpeechFile } from '../../actors/sound/wav-file.ts';
import { type LossResult, REMEDIES, testLoss } from '../simulation/loss.ts';
import { writeSpeech } from '../simulation/output-file.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { wholeNumber } from '../terminal/options.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';

interface LossOptions {
  input: string;
  rates: number[];
  framesPerPacket: string;
  seed: number;
  out?: string;
  json?: boolean;
}

const define: DefineCommand = (command) => {
  command
    .requiredOption('--input <wav>', 'what is said')
    .option('--rates <percents>', 'shares of packets to lose, like 5,10,20', percents, [5, 10, 20])
    .addOption(new Option('--frames-per-packet <n>', '20 ms frames in a packet').choices(['1', '3']).default('1'))
    .option('--seed <n>', 'of the random losses', wholeNumber(0, 0xffffffff), 1)
    .option('--out <dir>', 'write what is heard as WAV files, and what would be without loss')
    .option('--json', 'print the figures as JSON')
    .action(run);
};

async function run(options: LossOptions): Promise<void> {
  const speech = await readSpeechFile(options.input);
  const progress = createProgress();
  const framesPerPacket = Number(options.framesPerPacket);
  const results: LossResult[] = [];
  for (const [i, ratePercent] of options.rates.entries()) {
    progress.update(`loss at ${ratePercent} %:`, i / options.rates.length);
    results.push(testLoss({ speech, ratePercent, framesPerPacket, seed: options.seed }));
    // A breath between two rates, so that Ctrl-C is heard.
    await new Promise((resolve) => setImmediate(resolve));
  }
  progress.end();
  const files = options.out === undefined ? [] : writeAll(options.out, options.input, results);
  if (options.json) printJson({ framesPerPacket, results: results.map(figures), files });
  else for (const line of table(results, files)) printLine(line);
}

function figures({ ratePercent, frames, lostFrames, remedies }: LossResult) {
  const ofRemedy = REMEDIES.map((name) => {
    const { samples: _, ...rest } = remedies[name];
    return [name, rest] as const;
  });
  return { ratePercent, frames, lostFrames, ...Object.fromEntries(ofRemedy) };
}

function writeAll(folder: string, input: string, results: readonly LossResult[]): string[] {
  const name = basename(input).replace(/\.wav$/i, '');
  const files: string[] = [];
  const write = (file: string, samples: Int16Array): void => {
    const path = join(folder, file);
    writeSpeech(path, samples);
    files.push(path);
  };
  for (const { ratePercent, reference, remedies } of results) {
    write(`${name}-${ratePercent}-lossless.wav`, reference);
    for (const remedy of REMEDIES) write(`${name}-${ratePercent}-${remedy}.wav`, remedies[remedy].samples);
  }
  return files;
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
  throw new InvalidArgumentError('Write percents from 0 to 100, like 5,10,20.');
}

export default define;
