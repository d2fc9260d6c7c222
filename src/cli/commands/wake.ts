import { Option } from 'commander';
import type { PartContext } from '../../../actors/assistant/parts/provider.ts';
import { audioBackends, parseMicrophone } from '../../../actors/sound/backends/open.ts';
import { EarshotError } from '../../core/errors.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import { writeOutput } from '../../core/files/output-file.ts';
import { defaultModelsFolder } from '../../core/files/paths.ts';
import { systemClock } from '../../core/time/clock.ts';
import { type TrainingReport, trainWakeWord } from '../../tools/wake/train.ts';
import { TRAINING_MATERIAL } from '../../tools/wake/training-material.ts';
import { tryWakeWord, type WakeTrial } from '../../tools/wake/trial.ts';
import { addCardOptions, type CardOptions, microphoneCard } from '../terminal/card-options.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addLogOptions, type LogFlags, openLog } from '../terminal/options.ts';
import { isMessageTerminal, printJson, printLine, printMessage, showStatus } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';

interface TestOptions extends CardOptions, LogFlags {
  wakeWord: string;
  input?: string;
  json?: boolean;
}

interface TrainOptions extends LogFlags {
  recordings?: string;
  output?: string;
  json?: boolean;
}

const TEST_HELP = `
Each score is from 0 to 1. A wake word is found when a score reaches the threshold, or
with patience=3 three in a row. To tune:
--wake-word "openwakeword:hey_jarvis?threshold=0.7&patience=3".
A server has no scores: only what it found is shown. Ends with Ctrl-C, or with the file.`;

const TRAIN_HELP = `
The phrase is spoken by the synthetic voices of this machine, and compared with other
speech. Recordings of the people who will say it make it better: a folder with WAV
files, each with the phrase, or with the text that is in the .txt file beside it.
It needs: earshot models fetch wake:features flite --accept-licence`;

const define: DefineCommand = (command) => {
  const test = command
    .command('test')
    .description('listen, and show how sure the engine is')
    .copyInheritedSettings(command)
    .addOption(
      new Option('--wake-word <engine>', 'what hears the wake word, as in earshot run --help')
        .env('EARSHOT_WAKE_WORD')
        .makeOptionMandatory(),
    )
    .option('--input <microphone>', `what to listen to: ${audioBackends.usage('microphone').join('; ')}`)
    .option('--json', 'print one JSON object a line');
  addLogOptions(addCardOptions(test), 'warn').addHelpText('after', TEST_HELP).action(runTest);
  const train = command
    .command('train')
    .description('make a wake word of a phrase')
    .copyInheritedSettings(command)
    .argument('<phrase>', 'two or three words with three syllables or more, for example "hey earshot"')
    .option('--recordings <folder>', 'WAV files of people who say it')
    .option('--output <file>', 'where to write it (default: wake-PHRASE.json)')
    .option('--json', 'print the report as JSON');
  addLogOptions(train, 'warn').addHelpText('after', TRAIN_HELP).action(runTrain);
};

export default define;

async function runTest(options: TestOptions): Promise<void> {
  const { wakeWord, json = false } = options;
  const microphone = parseMicrophone(options.input, microphoneCard(options));
  checkFiles({ inputs: [audioBackends.fileOf(microphone)], outputs: [], printsJson: json });
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end.abort());
  const isLive = isMessageTerminal() && !json;
  const trial = await tryWakeWord({
    ...{ wakeWord, modelsFolder: defaultModelsFolder(), clock: systemClock, log: openLog(options) },
    microphone: audioBackends.openMicrophone(microphone),
    signal: end.signal,
    onOpened(device) {
      if (!json) printMessage(`listening to ${device}`);
    },
    onScore(score, atMs) {
      if (json) printJson({ atMs: Math.round(atMs), score: Number(score.toFixed(4)) });
      else if (isLive) showStatus(bar(score, trialPeak.update(score, atMs)));
    },
    onFound(word, score, atMs) {
      if (json) printJson({ atMs: Math.round(atMs), word, score: Number(score.toFixed(4)), found: true });
      else printLine(`${seconds(atMs)}  ${word}: found, score ${score.toFixed(2)}`);
    },
  });
  showStatus(undefined);
  if (json) return printJson(trial);
  for (const line of summaryOf(trial)) printLine(line);
}

const BAR_COLUMNS = 40;
const PEAK_MS = 1_500;

/** The highest score of the last moments, which an eye can follow. */
const trialPeak = {
  score: 0,
  atMs: 0,
  update(score: number, atMs: number): number {
    if (score >= this.score || atMs - this.atMs > PEAK_MS) Object.assign(this, { score, atMs });
    return this.score;
  },
};

function bar(score: number, peak: number): string {
  const columns: string[] = Array.from({ length: BAR_COLUMNS }, (_, column) =>
    column < score * BAR_COLUMNS ? '█' : '·',
  );
  columns[Math.min(BAR_COLUMNS - 1, Math.floor(peak * BAR_COLUMNS))] = '|';
  return `${columns.join('')} ${score.toFixed(2)}, peak ${peak.toFixed(2)}`;
}

function summaryOf({ heardMs, found, highest, peaks }: WakeTrial): string[] {
  const lines = [`${found} found in ${seconds(heardMs)} s`];
  if (highest !== undefined) lines.push(`highest score ${highest.toFixed(2)}`);
  for (const { atMs, score } of peaks) lines.push(`${seconds(atMs)}  not found: a peak of ${score.toFixed(2)}`);
  return lines;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

async function runTrain(phrase: string, options: TrainOptions): Promise<void> {
  if (!/^[a-z' ]{4,40}$/i.test(phrase) || !/[aeiouy]/i.test(phrase)) {
    throw new EarshotError(
      'usage',
      `${JSON.stringify(phrase)} is no phrase`,
      'Write 4 to 40 letters a to z and spaces.',
    );
  }
  const output = options.output ?? `wake-${phrase.toLowerCase().replace(/[^a-z]+/g, '-')}.json`;
  checkFiles({ inputs: [], outputs: [output], printsJson: options.json === true });
  const context: PartContext = {
    ...{ clock: systemClock, log: openLog(options), modelsFolder: defaultModelsFolder(), reportUsage() {} },
  };
  const progress = createProgress();
  const { head, report } = await trainWakeWord({
    ...{ phrase, recordings: options.recordings, material: TRAINING_MATERIAL, context, onProgress: progress.update },
  }).finally(progress.end);
  writeOutput(output, `${JSON.stringify(head)}\n`);
  if (options.json) return printJson({ output, threshold: head.threshold, ...report });
  for (const line of reportLines(report)) printLine(line);
  printLine(
    `${output} is written; threshold ${head.threshold}. Try it: earshot wake test --wake-word openwakeword:${output}`,
  );
}

function reportLines({
  recall,
  falseAccepts,
  falseAcceptsWhenChosen,
  missingVoices,
  notHeard,
}: TrainingReport): string[] {
  const { count, heardMinutes, mostPerHour } = falseAccepts;
  const rows = recall.map(({ voice, isHeldOut, found }) => {
    const shares = found.map(({ noiseDb, said, found: times }) => {
      return `${noiseDb === null ? 'quiet' : `${noiseDb} dB`} ${times}/${said}`;
    });
    return `  ${voice.padEnd(12)} ${isHeldOut ? 'not trained' : 'trained    '}  ${shares.join('  ')}`;
  });
  return [
    'found, by voice and noise (only voices that were not trained tell what to expect):',
    ...rows,
    `false in other speech that was not trained: ${count} in ${heardMinutes} minutes; with 95 % confidence fewer than ${mostPerHour} an hour of speech`,
    ...(falseAcceptsWhenChosen > 0
      ? [
          `no threshold was without them in the speech that chose it: ${falseAcceptsWhenChosen} with this one; choose a longer phrase`,
        ]
      : []),
    ...(missingVoices.length > 0 ? [`voices that are not on this machine: ${missingVoices.join(', ')}`] : []),
    `it has not heard: ${notHeard.join('; ')}`,
    "the embedding model below it is openWakeWord's: CC BY-NC-SA 4.0, not for commercial use",
  ];
}
