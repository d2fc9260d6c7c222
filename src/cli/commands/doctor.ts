import { Option } from 'commander';
import { EarshotError, errorInfo } from '../../core/errors.ts';
import { defaultModelsFolder } from '../../core/files/paths.ts';
import { silentLog } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import { isConfigured } from '../../gateway/assistant/config.ts';
import { assistantCheck } from '../../tools/doctor/checks/assistant.ts';
import { type Check, fail, type Status } from '../../tools/doctor/checks/check.ts';
import type { ProbeName } from '../../tools/doctor/checks/system.ts';
import { CHECKS, type Diagnosis, examine } from '../../tools/doctor/doctor.ts';
import { findingLines } from '../doctor/finding-lines.ts';
import { type AssistantOptions, addAssistantOptions, assistantConfigOf } from '../terminal/assistant-options.ts';
import {
  addCardOptions,
  type CardOptions,
  cardArguments,
  microphoneCard,
  speakerCard,
} from '../terminal/card-options.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, echoCancellerOption, type StateOption, stateOf } from '../terminal/options.ts';
import { isMessageTerminal, printJson, printLine, showStatus, textColumns } from '../terminal/output.ts';

interface DoctorOptions extends CardOptions, StateOption, AssistantOptions {
  gateway?: string;
  loopback: boolean;
  echoCanceller: string;
  json?: boolean;
  probe?: ProbeName;
}

const define: DefineCommand = (command) => {
  command
    .addOption(new Option('--gateway <url>', 'the gateway to reach').env('EARSHOT_GATEWAY'))
    .option(
      '--no-loopback',
      'play nothing: do not check whether the microphone receives the speaker, and how much of it is removed',
    )
    .addOption(echoCancellerOption())
    .option('--json', 'print one JSON object')
    .addOption(new Option('--probe <name>').choices(['codec', 'devices', 'sound', 'echo']).hideHelp())
    .addHelpText('after', '\nExit code 0 when no check failed; warnings are not failures.');
  addCardOptions(command);
  addAssistantOptions(command);
  addStateOption(command).action((options: DoctorOptions) =>
    options.probe ? printProbe(options.probe, options) : diagnose(options),
  );
};

async function diagnose(options: DoctorOptions): Promise<void> {
  const { gateway, state, loopback, json = false } = options;
  const { thisSystem } = await import('../../tools/doctor/this-system.ts');
  const probeArgs = [
    ...cardArguments(options),
    ...(loopback ? [] : ['--no-loopback']),
    '--echo-canceller',
    options.echoCanceller,
  ];
  const system = thisSystem({ stateFolder: folderOf(state), ...(gateway === undefined ? {} : { gateway }), probeArgs });
  // The sound test takes a while.
  const isTerminal = isMessageTerminal();
  const onFinding = (diagnosis: Diagnosis) => {
    showStatus(undefined);
    if (!json) for (const line of findingLines(diagnosis, textColumns())) printLine(line);
  };
  const onCheck = (name: string) => isTerminal && showStatus(`…     ${name}`);
  const checks = [...CHECKS, await checkOfAssistant(options)];
  const diagnoses = await examine(system, { onCheck, onFinding }, checks);
  const count = (status: Status) => diagnoses.filter((diagnosis) => diagnosis.status === status).length;
  const summary = { ok: count('ok'), warnings: count('warn'), failures: count('fail') };
  if (json) printJson({ ...summary, checks: diagnoses });
  else {
    printLine('');
    printLine(`ok ${summary.ok}, warnings ${summary.warnings}, failures ${summary.failures}`);
  }
  process.exitCode = summary.failures > 0 ? 1 : 0;
}

/** A configuration that cannot be read is a finding; a wrong option is not. */
async function checkOfAssistant(options: AssistantOptions): Promise<Check> {
  try {
    const config = await assistantConfigOf(options);
    const { examineAssistant } = await import('../../gateway/assistant/examine-assistant.ts');
    const context = { clock: systemClock, log: silentLog };
    return assistantCheck(
      () => examineAssistant(config, { ...context, modelsFolder: defaultModelsFolder() }),
      isConfigured(config),
    );
  } catch (error) {
    if (!(error instanceof EarshotError) || error.code === 'usage') throw error;
    return { name: 'assistant', run: () => [fail(error.message, error.hint)] };
  }
}

/** Undefined where there is none: one of the checks reports that. */
function folderOf(state: string | undefined): string | undefined {
  try {
    return stateOf({ state });
  } catch (error) {
    if (error instanceof EarshotError) return undefined;
    throw error;
  }
}

/** Runs one probe and prints its result; the doctor starts a process for each (src/tools/doctor/run-probe.ts). */
async function printProbe(name: ProbeName, options: DoctorOptions): Promise<void> {
  const { probes } = await import('../../tools/doctor/probes.ts');
  try {
    const cards = { microphone: microphoneCard(options), speaker: speakerCard(options) };
    const { loopback, echoCanceller } = options;
    printJson({ ok: true, value: await probes[name]({ loopback, echoCanceller, ...cards }) });
  } catch (error) {
    printJson({ ok: false, error: errorInfo(error) });
  }
}

export default define;
