import { Option } from 'commander';
import { EarshotError, errorInfo } from '../../core/errors.ts';
import type { Status } from '../../tools/doctor/checks/check.ts';
import type { ProbeName } from '../../tools/doctor/checks/system.ts';
import { type Diagnosis, examine } from '../../tools/doctor/doctor.ts';
import type { DefineCommand } from '../terminal/command.ts';
import { addStateOption, type StateOption, stateOf } from '../terminal/options.ts';
import { isMessageTerminal, printJson, printLine, type StyledLine, showStatus } from '../terminal/output.ts';

interface DoctorOptions extends StateOption {
  gateway?: string;
  device?: string;
  loopback: boolean;
  json?: boolean;
  probe?: ProbeName;
}

const define: DefineCommand = (command) => {
  command
    .addOption(new Option('--gateway <url>', 'the gateway to reach').env('EARSHOT_GATEWAY'))
    .addOption(new Option('--device <name>', 'sound card with this in its name').env('EARSHOT_DEVICE'))
    .option('--no-loopback', 'do not play a chirp to check whether the microphone receives the speaker')
    .option('--json', 'print one JSON object')
    .addOption(new Option('--probe <name>').choices(['codec', 'devices', 'sound']).hideHelp())
    .addHelpText('after', '\nExit code 0 when no check failed; warnings are not failures.');
  addStateOption(command).action((options: DoctorOptions) =>
    options.probe ? printProbe(options.probe, options) : diagnose(options),
  );
};

async function diagnose({ gateway, device, state, loopback, json = false }: DoctorOptions): Promise<void> {
  const { thisSystem } = await import('../../tools/doctor/this-system.ts');
  const probeArgs = [...(device === undefined ? [] : ['--device', device]), ...(loopback ? [] : ['--no-loopback'])];
  const system = thisSystem({ stateFolder: folderOf(state), ...(gateway === undefined ? {} : { gateway }), probeArgs });
  // The sound test takes a while.
  const isTerminal = isMessageTerminal();
  const diagnoses = await examine(system, {
    onCheck: (name) => isTerminal && showStatus(`…     ${name}`),
    onFinding(diagnosis) {
      showStatus(undefined);
      if (!json) for (const line of describe(diagnosis)) printLine(line);
    },
  });
  const count = (status: Status) => diagnoses.filter((diagnosis) => diagnosis.status === status).length;
  const summary = { ok: count('ok'), warnings: count('warn'), failures: count('fail') };
  if (json) printJson({ ...summary, checks: diagnoses });
  else {
    printLine('');
    printLine(`ok ${summary.ok}, warnings ${summary.warnings}, failures ${summary.failures}`);
  }
  process.exitCode = summary.failures > 0 ? 1 : 0;
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
async function printProbe(name: ProbeName, { device, loopback }: DoctorOptions): Promise<void> {
  const { probes } = await import('../../tools/doctor/probes.ts');
  try {
    printJson({ ok: true, value: await probes[name]({ loopback, ...(device !== undefined && { device }) }) });
  } catch (error) {
    printJson({ ok: false, error: errorInfo(error) });
  }
}

const STYLES = {
  ok: ['ok  ', 'green'],
  skip: ['–   ', 'dim'],
  warn: ['warn', 'yellow'],
  fail: ['FAIL', 'red'],
} as const;

function describe({ check, status, detail, hint }: Diagnosis): StyledLine[] {
  const [word, colour] = STYLES[status];
  const line = [{ colour, text: word }, `  ${check.padEnd(12)} ${detail}`];
  return hint === undefined ? [line] : [line, `${' '.repeat(19)}→ ${hint}`];
}

export default define;
