/**
 * `npm run test:fleet`: the whole trial (trial.ts), with each way to confirm turns; prints a table. Its exit code is 1 when anything was lost.
 *
 *     npm run test:fleet                                  two runs of about eight minutes
 *     npm run test:fleet -- --confirm disk --devices 50 --kills 5
 */
import { parseArgs } from 'node:util';
import { isWhole, trialTable } from './table.ts';
import { runTrial, type Trial, type TrialOptions } from './trial.ts';

const { values } = parseArgs({
  options: {
    confirm: { type: 'string' },
    devices: { type: 'string', default: '300' },
    'turns-per-minute': { type: 'string', default: '6' },
    kills: { type: 'string', default: '30' },
    'kill-every-ms': { type: 'string', default: '10000' },
    'cloud-away-ms': { type: 'string', default: '30000' },
    'calm-ms': { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
  },
});

const wanted = values.confirm ? [values.confirm] : ['cloud', 'disk'];
const startedMs = performance.now();
const trials: [string, Trial][] = [];
for (const confirm of wanted) {
  const options: TrialOptions = {
    confirm: confirm as TrialOptions['confirm'],
    devices: Number(values.devices),
    turnsPerMinute: Number(values['turns-per-minute']),
    kills: Number(values.kills),
    killEveryMs: Number(values['kill-every-ms']),
    downMs: 1_000,
    cloudAwayMs: Number(values['cloud-away-ms']),
    calmMs: Number(values['calm-ms']),
    seed: Number(values.seed),
    onStep: (what) => say(`${String(Math.round((performance.now() - startedMs) / 1_000)).padStart(5)} s  ${what}`),
  };
  const trial = await runTrial(options);
  for (const problem of trial.account.problems.slice(0, 20)) say(problem);
  trials.push([`--confirm ${confirm}`, trial]);
}
for (const line of trialTable(trials)) process.stdout.write(`${line}\n`);
if (!trials.every(([, trial]) => isWhole(trial))) process.exitCode = 1;

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
