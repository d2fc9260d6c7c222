import { InvalidArgumentError } from 'commander';
import type { EncoderSettings } from '../../../actors/codec/encoder-settings.ts';
import { readSpeechFile } from '../../../actors/sound/wav-file.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import { inputName, outputName } from '../../core/files/descriptors.ts';
import { writeOutput } from '../../core/files/output-file.ts';
import {
  FRAME_MS,
  FRAME_SIZES,
  OPUS_BITRATE,
  OPUS_COMPLEXITY,
  OPUS_PACKET_LOSS_PERCENT,
  SAMPLE_RATE_HZ,
  SAMPLES_PER_MS,
} from '../../protocol/format.ts';
import { type Trial, tryFrameSize } from '../../tools/opus-trial/trial.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import { linePrinter, printJson } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';

interface OpusOptions extends Pick<EncoderSettings, 'bitrate' | 'complexity' | 'fec' | 'dtx'> {
  input: string;
  output?: string;
  frameMs: number;
  packetLoss: number;
  json?: boolean;
}

const FRAME_LENGTHS_MS = FRAME_SIZES.map((samples) => samples / SAMPLES_PER_MS);

const define: DefineCommand = (command) => {
  command
    .requiredOption('--input <file>', 'WAV file to encode; - for standard input')
    .option('--output <file>', 'write an Ogg Opus file; - for standard output')
    .option('--frame-ms <ms>', `frame length of the file: ${FRAME_LENGTHS_MS.join(', ')}`, frameLength, FRAME_MS)
    .option('--bitrate <bps>', 'target bitrate in bits per second', wholeNumber(6_000, 64_000), OPUS_BITRATE)
    .option('--complexity <n>', 'complexity of the encoder', wholeNumber(0, 10), OPUS_COMPLEXITY)
    .option('--packet-loss <percent>', 'expected packet loss', wholeNumber(0, 100), OPUS_PACKET_LOSS_PERCENT)
    .option('--no-fec', 'without forward error correction')
    .option('--no-dtx', 'without discontinuous transmission')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(run);
};

const HELP = `
Each frame size is encoded and decoded; the encode and decode times are medians per frame. Quality is measured over 32 ms windows
that are not silent: fwSNR is the frequency-weighted segmental signal-to-noise ratio (higher is better, at most 35), LSD the
log-spectral distance (lower is better, 0 means identical).`;

async function run(options: OpusOptions): Promise<void> {
  checkFiles({ inputs: [options.input], outputs: [options.output], printsJson: options.json === true });
  const speech = await readSpeechFile(options.input);
  const progress = createProgress();
  const settings: EncoderSettings = { ...options, packetLossPercent: options.packetLoss };
  const trials = FRAME_SIZES.map((frameSamples, i) => {
    const { trial, file } = tryFrameSize(speech, frameSamples, {
      settings,
      comments: [`ENCODER_OPTIONS=--bitrate ${options.bitrate} --frame-ms ${frameSamples / SAMPLES_PER_MS}`],
      onShare: (share) => progress.update('encoding', (i + share) / FRAME_SIZES.length),
      now: () => performance.now(),
    });
    if (options.output !== undefined && trial.frameMs === options.frameMs) writeOutput(options.output, file);
    return trial;
  });
  progress.end();
  const seconds = speech.length / SAMPLE_RATE_HZ;
  if (options.json) {
    const { input, output, frameMs } = options;
    printJson({
      input,
      seconds,
      ...(output === undefined ? {} : { output, frameMs }),
      settings: shown(settings),
      trials,
    });
    return;
  }
  const print = linePrinter(options.output);
  print(`${inputName(options.input)}: ${seconds.toFixed(2)} s`);
  for (const line of table(trials)) print(line);
  if (options.output !== undefined) print(`${outputName(options.output)}: Ogg Opus, frames of ${options.frameMs} ms`);
}

const shown = ({ bitrate, complexity, packetLossPercent, fec, dtx }: EncoderSettings): EncoderSettings => ({
  ...{ bitrate, complexity, packetLossPercent, fec, dtx },
});

function table(trials: Trial[]): string[] {
  const rows = trials.map(({ frameMs, frames, bytes, bitsPerSecond, ratio, encodeUs, decodeUs, quality }) => [
    String(frameMs),
    String(frames),
    String(bytes),
    bitsPerSecond.toFixed(0),
    `${ratio.toFixed(1)}:1`,
    encodeUs.toFixed(0),
    decodeUs.toFixed(0),
    quality?.weightedSnrDb.toFixed(1) ?? '–',
    quality?.logSpectralDistanceDb.toFixed(1) ?? '–',
  ]);
  const header = ['frame ms', 'frames', 'bytes', 'bit/s', 'ratio', 'encode µs', 'decode µs', 'fwSNR dB', 'LSD dB'];
  return [header, ...rows].map((row) => row.map((cell, i) => cell.padStart((header[i]?.length ?? 0) + 2)).join(''));
}

function frameLength(value: string): number {
  const ms = Number(value);
  if (FRAME_LENGTHS_MS.includes(ms)) return ms;
  throw new InvalidArgumentError(`Opus frames have ${FRAME_LENGTHS_MS.join(', ')} ms.`);
}

export default define;
