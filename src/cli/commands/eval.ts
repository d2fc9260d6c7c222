import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PartContext } from '../../../actors/assistant/parts/provider.ts';
import { EarshotError } from '../../core/errors.ts';
import { BUNDLED_SUITE } from '../../core/files/bundled.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import { defaultModelsFolder } from '../../core/files/paths.ts';
import type { Log } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import { ASSISTANT } from '../../gateway/responders.ts';
import { evaluationJson } from '../../tools/eval/json.ts';
import { type Noise, parseNoises } from '../../tools/eval/noise.ts';
import { openLine } from '../../tools/eval/open-line.ts';
import { PATIENCE, patientClock } from '../../tools/eval/patient-clock.ts';
import { plotEvaluation } from '../../tools/eval/plot.ts';
import { belowThresholds, delayTable, table, wrongAnswers } from '../../tools/eval/report.ts';
import { type EvaluationResult, runEvaluation } from '../../tools/eval/run-evaluation.ts';
import { HALVES, type Half, readSuite } from '../../tools/eval/suite.ts';
import { summarize, type VoiceSummary } from '../../tools/eval/summary.ts';
import { DEFAULT_VOICES } from '../../tools/eval/voices/open-voices.ts';
import type { OpenHomeResponder } from '../../tools/latency/temporary-gateway.ts';
import { checkChartName } from '../../tools/simulation/chart.ts';
import { type AssistantOptions, addAssistantOptions } from '../terminal/assistant-options.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { chooseResponder } from '../terminal/gateway-responder.ts';
import { decimal, wholeNumber } from '../terminal/number-options.ts';
import { addLogOptions, type LogFlags, openLog } from '../terminal/options.ts';
import { printJson, printLine, printMessage } from '../terminal/output.ts';
import { createProgress } from '../terminal/progress.ts';
import { addResponderOption } from '../terminal/responder-option.ts';

interface EvalOptions extends LogFlags, AssistantOptions {
  responder: string;
  suite: string;
  voices: string[];
  recordings?: string;
  noise: (Noise | undefined)[];
  half: Half | 'all';
  only?: string[];
  fast?: boolean;
  atOnce: number;
  iterations: number;
  wrong?: boolean;
  plot?: string;
  json?: boolean;
  minRight?: number;
  maxWer?: number;
  maxDelay?: number;
}

const define: DefineCommand = (command) => {
  command
    .addOption(
      new Option('--suite <file>', 'questions and what their answers must have').default(
        BUNDLED_SUITE,
        'a bundled one',
      ),
    )
    .addOption(
      new Option('--voices <list>', 'who asks').argParser(listOf).default(DEFAULT_VOICES, DEFAULT_VOICES.join(',')),
    )
    .option('--recordings <folder>', 'also ask in the voice of a person: WAV files with their texts beside them')
    .addOption(
      new Option(
        '--noise <list>',
        'noise behind the voices: none, white:20 (dB below the speech), babble:10, 20 (both)',
      )
        .argParser(noises)
        .default([undefined], 'none'),
    )
    .addOption(new Option('--half <name>', 'half of the suite').choices([...HALVES, 'all']).default('all'))
    .option('--only <list>', 'only these kinds (time,timer) or questions (time-now, time-now/2)', listOf);
  addResponderOption(command);
  addAssistantOptions(command);
  addWays(command);
  addOutputs(command);
  addLogOptions(command, 'warn').addHelpText('after', HELP).action(run);
};

function addWays(command: Command): void {
  command
    .option('--fast', 'give the speech to the assistant directly, faster than real time: delays are not measured')
    .option('--at-once <n>', 'conversations at the same time', wholeNumber(1, 50), 1)
    .option('--iterations <n>', 'how often each question is asked', wholeNumber(1, 1_000), 1);
}

function addOutputs(command: Command): void {
  command
    .option('--wrong', 'also list the wrong answers')
    .option('--json', 'print one JSON object (docs/evaluation.md)')
    .option('--plot <file>', 'draw right answers, word error rates and delays, .png or .svg')
    .option('--min-right <percent>', 'exit code 1 if a voice gets fewer right answers', decimal(0, 100))
    .option('--max-wer <percent>', 'exit code 1 if a voice has a higher word error rate', decimal(0, 1_000))
    .option('--max-delay <ms>', 'exit code 1 if the p95 of a voice’s delay is longer', decimal(0, 600_000));
}

const HELP = `
Each question is a conversation with a device of its own. Without --fast it goes through the whole line, in real time: microphone,
daemon, network, gateway, assistant, and back to the loudspeaker. That takes about 8 s a question and voice.`;

async function run(options: EvalOptions): Promise<void> {
  check(options);
  const suite = await readSuite(options.suite);
  const log = openLog(options);
  const progress = createProgress();
  const startedAtMs = systemClock.wallNow();
  const evaluated = await runEvaluation({
    ...{ ...options, suite, noises: options.noise, context: contextOf(log), onProgress: progress.update },
    openLine: async () => openLine({ openResponder: await responderOf(options), isFast: options.fast === true, log }),
  });
  progress.end();
  const summaries = summarize(evaluated.results);
  if (options.json) printJson(evaluationJson({ ...options, suite: suite.name, startedAtMs }, evaluated, summaries));
  else print(options, evaluated, summaries);
  if (options.plot !== undefined) await plotEvaluation(options.plot, suite.name, summaries);
  const missed = belowThresholds(summaries, options);
  for (const line of missed) printMessage(line);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

export default define;

function check({ fast, maxDelay, plot, suite, json }: EvalOptions): void {
  if (plot !== undefined) checkChartName(plot);
  checkFiles({ inputs: [suite], outputs: [plot], printsJson: json === true });
  if (fast && maxDelay !== undefined) {
    throw new EarshotError('usage', '--max-delay needs the whole line: --fast measures no delays', 'Omit one of them.');
  }
}

/** The parrot, which stands in for an assistant that cannot answer, would be judged in its place. */
async function responderOf(options: EvalOptions): Promise<OpenHomeResponder> {
  const open = await chooseResponder({
    ...options,
    ...(options.fast && { clock: patientClock(systemClock, PATIENCE) }),
  });
  return async (home) => {
    const opened = await open(home);
    if (options.responder !== ASSISTANT || opened.name !== 'parrot') return opened;
    await opened.close();
    throw new EarshotError('assistant_failed', 'The assistant cannot be evaluated', 'The reason is above.');
  };
}

/** Of the voices, which need nothing from a provider. */
function contextOf(log: Log): PartContext {
  return { clock: systemClock, log, modelsFolder: defaultModelsFolder(), reportUsage() {} };
}

function print({ wrong, fast }: EvalOptions, { results, missing }: EvaluationResult, summaries: VoiceSummary[]): void {
  for (const line of [...table(summaries), ...delayTable(summaries)]) printLine(line);
  if (wrong) for (const line of wrongAnswers(results)) printLine(line);
  else if (results.some(({ right }) => right === false)) printMessage('The wrong answers are listed with --wrong.');
  if (fast) printMessage('The speech was given to the assistant directly: delays were not measured.');
  for (const voice of missing) printMessage(`${voice.name} was left out: it ${voice.missing}`);
}

function listOf(list: string): string[] {
  const names = list.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('Write names with commas between them.');
  return names;
}

function noises(list: string): (Noise | undefined)[] {
  const parsed = parseNoises(list);
  if (!parsed) throw new InvalidArgumentError('Write none, white:20, babble:10 or 20, with commas between them.');
  return parsed;
}
