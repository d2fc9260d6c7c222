import type { Command } from 'commander';
import {
  audioBackends,
  openMicrophone,
  openSpeaker,
  parseMicrophone,
  parseSpeaker,
} from '../../../actors/sound/backends/open.ts';
import { leaveProcess } from '../../../actors/sound/leave.ts';
import { parseWav } from '../../../actors/sound/wav-format.ts';
import { wavOf } from '../../../actors/sound/wav-header.ts';
import { describeError } from '../../core/errors.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import { writeOutput } from '../../core/files/output-file.ts';
import { checkSound } from '../../device/sound-check.ts';
import { analyze } from '../../tools/analysis/analyze.ts';
import { playSamples } from '../../tools/sound-test/play-samples.ts';
import { recordSamples } from '../../tools/sound-test/record-samples.ts';
import { testTone } from '../../tools/sound-test/tone.ts';
import { addCardOptions, type CardOptions, microphoneCard, speakerCard } from '../terminal/card-options.ts';
import { levelMeter } from '../terminal/level-meter.ts';
import { wholeNumber } from '../terminal/number-options.ts';
import { isMessageTerminal, printJson, printLine, printMessage, showStatus } from '../terminal/output.ts';

interface TestOptions extends CardOptions {
  input?: string;
  output?: string;
  seconds: number;
  recording?: string;
  json?: boolean;
}

/** As `earshot analyze` does by default. */
const ANALYSIS = { silenceDb: -50, minSilenceMs: 300 };

const HELP = `
Exit code 1 when something is wrong with what was recorded: nothing, too quiet, clipped.`;

export function defineTest(command: Command): void {
  addCardOptions(command.description('play a tone, record what you say, play it, and judge it'))
    .option('--input <microphone>', `what to record from: ${audioBackends.usage('microphone').join('; ')}`)
    .option('--output <speaker>', `what to play to: ${audioBackends.usage('speaker').join('; ')}`)
    .option('--seconds <n>', 'how long to record', wholeNumber(1, 60), 4)
    .option('--recording <file.wav>', 'write what was recorded to a file, too')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(async (_: unknown, self: Command) => test(self.optsWithGlobals<TestOptions>()));
}

async function test(options: TestOptions): Promise<void> {
  const { seconds, recording: file, json } = options;
  const microphone = parseMicrophone(options.input, microphoneCard(options));
  const speaker = parseSpeaker(options.output, speakerCard(options));
  const outputs = [audioBackends.fileOf(speaker), file];
  checkFiles({ inputs: [audioBackends.fileOf(microphone)], outputs, printsJson: json === true });
  await checkSound(microphone, speaker);
  const open = openSpeaker(speaker);
  printMessage(`speaker: ${audioBackends.describe(speaker, 'output')}; you hear a tone for a second`);
  await playSamples(testTone(), open);
  printMessage(`microphone: ${audioBackends.describe(microphone, 'input')}; say something, for ${seconds} s`);
  const samples = await recordSamples({ open: openMicrophone(microphone), ms: seconds * 1_000, onLevel: showLevel });
  showStatus(undefined);
  if (file !== undefined) writeOutput(file, wavOf(samples));
  printMessage('and this was recorded');
  await playSamples(samples, open);
  const analysis = analyze(parseWav(wavOf(samples), 'the recording'), ANALYSIS);
  const { level, noiseFloorDb, clipping, findings } = analysis;
  if (json) {
    printJson({
      microphone: audioBackends.describe(microphone, 'input'),
      speaker: audioBackends.describe(speaker, 'output'),
      seconds: analysis.seconds,
      rmsDb: level.rmsDb,
      peakDb: level.peakDb,
      noiseFloorDb: noiseFloorDb ?? null,
      clippedSamples: clipping.samples,
      findings,
    });
  } else {
    const noise = noiseFloorDb === undefined ? '' : `, noise floor ${noiseFloorDb.toFixed(1)} dB`;
    printLine(`level ${level.rmsDb.toFixed(1)} dB on average, ${level.peakDb.toFixed(1)} dB at its loudest${noise}`);
    for (const finding of findings) printLine(`! ${describeError(finding)}`);
    if (findings.length === 0) printLine('nothing is wrong with the recording; did you hear the tone, and yourself?');
  }
  const exitCode = findings.length > 0 ? 1 : 0;
  process.exitCode = exitCode;
  const areClosed = (await audioBackends.allClosed(microphone)) && (await audioBackends.allClosed(speaker));
  if (!areClosed) leaveProcess(exitCode, false);
}

function showLevel(peakDb: number): void {
  if (isMessageTerminal()) showStatus(levelMeter(peakDb));
}
