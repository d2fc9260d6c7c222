import { InvalidArgumentError } from 'commander';
import { readWavFile } from '../../../actors/sound/wav-file.ts';
import { describeError } from '../../core/errors.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import { inputName } from '../../core/files/descriptors.ts';
import { type Analysis, analyze } from '../../tools/analysis/analyze.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import { printJson, printLine } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';

interface AnalyzeOptions {
  silenceDb: number;
  silenceMs: number;
  json?: boolean;
}

const define: DefineCommand = (command) => {
  command
    .argument('<file>', 'WAV file, of any rate and any number of channels; - for standard input')
    .option('--silence-db <db>', 'a level below this (relative to full scale) counts as silence', level, -50)
    .option('--silence-ms <ms>', 'shorter pauses count as speech', wholeNumber(20, 60_000), 300)
    .option('--json', 'print one JSON object')
    .action(async (file: string, { silenceDb, silenceMs, json }: AnalyzeOptions) => {
      checkFiles({ inputs: [file], outputs: [] });
      const recording = await readWavFile(file);
      const progress = createProgress();
      const onShare = (share: number) => progress.update('analyzing', share);
      const analysis = analyze(recording, { silenceDb, minSilenceMs: silenceMs, onShare });
      progress.end();
      if (json) return printJson({ file, ...analysis });
      for (const line of describe(inputName(file), analysis)) printLine(line);
    });
};

/** The text output shows the first few; the JSON output has them all. */
const MAX_SHOWN = 8;

function describe(file: string, analysis: Analysis): string[] {
  const { level, silence, clipping, noiseFloorDb, findings } = analysis;
  const db = (value: number | undefined) => (value === undefined ? '–' : `${value.toFixed(1)} dB`);
  const pauses = silence.stretches.map(({ fromMs, toMs }) => `${seconds(fromMs)}–${seconds(toMs)}`);
  const clips = clipping.first.map(({ atMs }) => seconds(atMs));
  return [
    `${file}: ${analysis.seconds.toFixed(2)} s, ${analysis.sampleRateHz} Hz, channels: ${analysis.channels}`,
    `level       ${db(level.rmsDb)} on average, ${db(level.peakDb)} at its loudest (of full scale)`,
    `noise floor ${db(noiseFloorDb)}`,
    `DC offset   ${analysis.dcOffsetPercent.toFixed(2)} % of full scale`,
    `silence     ${percent(silence.share)}, below ${silence.thresholdDb} dB for ${silence.minMs} ms or more${list(pauses)}`,
    `clipping    ${clipping.runs} runs, ${clipping.samples} samples (${percent(clipping.share)})${list(clips)}`,
    ...findings.map(describeError).map((line) => `! ${line}`),
  ];
}

const percent = (share: number) => `${(share * 100).toFixed(share < 0.01 && share > 0 ? 3 : 1)} %`;
const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;

function list(items: string[]): string {
  if (items.length === 0) return '';
  return `: ${items.slice(0, MAX_SHOWN).join(', ')}${items.length > MAX_SHOWN ? ', …' : ''}`;
}

function level(value: string): number {
  const db = Number(value);
  if (value.trim() !== '' && db <= 0 && db >= -120) return db;
  throw new InvalidArgumentError('Write a level from -120 to 0.');
}

export default define;
