/**
 * `npm run test:mutants [-- MACHINE or part of a mutant's name …]`: applies one mutation at a time to the machines and runs the hand-written tests and the
 * invariants against each. (Not the generated paths: those compare a machine with itself.) Prints the mutants that no test detects.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { AnyStateMachine } from 'xstate';
import { mutationsOf } from './mutations.ts';
import { SUBJECTS } from './subjects.ts';

interface Mutant {
  machine: string;
  id: string;
  number: number;
  name: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Equivalent mutants, which no test can detect, each with the reason. */
const equivalent: Record<string, string> = JSON.parse(
  readFileSync(new URL('./equivalent-mutants.json', import.meta.url), 'utf8'),
);
const only = process.argv.slice(2);
const TIMEOUT_MS = 60_000;
/** Mutants whose tests did not end in time: because they loop, or because the machine is too busy to tell. */
const unended = new Set<Mutant>();

const mutants: Mutant[] = SUBJECTS.flatMap(({ name, machine }) =>
  mutationsOf(machine as AnyStateMachine).map((mutation, number) => ({
    machine: name,
    id: machine.id,
    number,
    name: `${name}: ${mutation.name}`,
  })),
).filter(({ machine, name }) => only.length === 0 || only.some((each) => machine === each || name.includes(each)));

async function survives(mutant: Mutant, files: string[]): Promise<boolean> {
  for (const file of files) if (!(await passes(mutant, file))) return false;
  return true;
}

/** Exit code 0: the tests passed, so they did not detect the mutant. Without the test runner, which would be a second process. */
function passes(mutant: Mutant, file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--import', './test/model/mutant.ts', file], {
      cwd: root,
      env: { ...process.env, EARSHOT_MUTANT: `${mutant.id}#${mutant.number}`, EARSHOT_MODEL_RUNS: '150' },
      stdio: 'ignore',
    });
    // A mutant may loop for ever.
    const timer = setTimeout(() => {
      unended.add(mutant);
      child.kill('SIGKILL');
    }, TIMEOUT_MS);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

/** All test files whose names begin with the machine's. */
function handWritten(machine: string): string[] {
  const files = readdirSync(new URL('../machines/', import.meta.url)).filter((name) => name.endsWith('.test.ts'));
  return files.filter((name) => name.startsWith(machine)).map((name) => `test/machines/${name}`);
}

async function isKilled(mutant: Mutant): Promise<boolean> {
  if (!(await survives(mutant, handWritten(mutant.machine)))) return true;
  const own = ['answer', 'provisioning'].includes(mutant.machine);
  const invariants = own ? `${mutant.machine}-invariants` : 'invariants';
  return mutant.machine !== 'session' && !(await survives(mutant, [`test/model/${invariants}.test.ts`]));
}

if (mutants.length === 0) {
  process.stderr.write(
    `no mutant is called ${only.join(' or ')}; machines: ${SUBJECTS.map(({ name }) => name).join(', ')}\n`,
  );
  process.exit(2);
}
const queue = [...mutants];
const survivors: Mutant[] = [];
let done = 0;
async function work(): Promise<void> {
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    if (!(await isKilled(mutant))) survivors.push(mutant);
    done += 1;
    if (done % 25 === 0) process.stderr.write(`${done} of ${mutants.length} mutants\n`);
  }
}
await Promise.all(cpus().map(work));

const unexplained = survivors.filter(({ name }) => !(name in equivalent));
const perMachine = SUBJECTS.map(({ name }) => {
  const all = mutants.filter(({ machine }) => machine === name).length;
  const alive = survivors.filter(({ machine }) => machine === name).length;
  return `${name.padEnd(14)}${String(all).padStart(8)}${String(all - alive).padStart(8)}`;
});
const killed = mutants.length - survivors.length;
const share = ((100 * killed) / mutants.length).toFixed(1);
process.stdout.write(`${'machine'.padEnd(14)} mutants  killed\n${perMachine.join('\n')}\n`);
process.stdout.write(`${killed} of ${mutants.length} mutants killed (${share} %)\n`);
if (mutants.length <= 10) for (const { name } of mutants) process.stdout.write(`  ${name}\n`);
for (const { name } of survivors) {
  process.stdout.write(`  survived: ${name}\n${name in equivalent ? `      equivalent: ${equivalent[name]}\n` : ''}`);
}
for (const { name } of unended)
  process.stdout.write(`  killed, its tests took more than ${TIMEOUT_MS / 1_000} s: ${name}\n`);
const enough = killed >= 0.95 * mutants.length;
process.exitCode = enough && unexplained.length === 0 ? 0 : 1;
