/**
 * `npm run test:fleet`: the whole trial (trial.ts), with each way to confirm turns; prints a table. Its exit code is 1 when anything was lost.
 *
 *     npm run test:fleet                                  two runs of about eight minutes
 *     npm run test:fleet -- --confirm disk --devices 50 --kills 5
 */

import { commandOptions, count, oneOf } from '../support/command-options.ts';
import { isWhole, trialTable } from './table.ts';
import { runTrial, type Trial, type TrialOptions } from './trial.ts';

const wanted = commandOptions('npm run test:fleet', 'Devices talk while gateways are killed: nothing may be lost.', {
  confirm: oneOf(['cloud', 'disk'], 'how turns are confirmed (default: first one, then the other)'),
  devices: count('devices that talk', 300),
  turnsPerMinute: count('turns of a device in a minute', 6),
  kills: count('gateways that are killed', 30, 0),
  killEveryMs: count('from one kill to the next', 10_000),
  cloudAwayMs: count('how long the cloud is away', 30_000),
  calmMs: count('between the parts of the trial', 10_000),
  seed: count('of what is said, and when', 1, 0),
});

const ways = wanted.confirm ? [wanted.confirm] : (['cloud', 'disk'] as const);
const startedMs = performance.now();
const trials: [string, Trial][] = [];
for (const confirm of ways) {
  const options: TrialOptions = {
    ...wanted,
    confirm,
    downMs: 1_000,
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
