/**
 * Every callback of every actor throws, one at a time, while others are running.
 *
 * The callbacks are found by running each scenario without a fault; another test searches the source of the actors for
 * code that creates callbacks, so that none is missing.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import { describe, test } from 'node:test';

// Before the first scope is created: everything is loaded after it.
register('./instrument.mjs', import.meta.url);
const scopes = await import('./faulty-scope.ts');
const { countingLog } = await import('./scenario.ts');
const { scenarios } = await import('./scenarios.ts');

type Scenario = (typeof scenarios)[number];
type Fault = NonNullable<Parameters<typeof scopes.begin>[0]>;

/** `npm run test:isolation` */
const EVERY = process.env.EARSHOT_ISOLATION === 'every';
/** Of a scenario with more callbacks than these, which takes seconds each time, `npm test` has a third. */
const MANY = 80;

/** Runs without a fault, and returns how often each callback of the subjects was called. */
async function listen(scenario: Scenario): Promise<[label: string, calls: number][]> {
  scopes.begin(undefined);
  const { log, crashes } = countingLog();
  assert.deepEqual(await scenario.run(log), []);
  assert.deepEqual([scopes.crashed, crashes()], [[], 0], 'nothing crashes by itself');
  return [...scopes.called()].filter(([label]) => scenario.subjects.test(label)).sort();
}

async function survives(scenario: Scenario, fault: Fault): Promise<void> {
  scopes.begin(fault);
  const { log, crashes } = countingLog();
  const wrong = await scenario.run(log);
  assert.equal(scopes.struck !== undefined, true, 'the fault did not happen');
  const owner = /^.*?#\d+/.exec(fault.label)?.[0] ?? '';
  // A failure of a release is logged, and one after the end is ignored.
  const isCrash = scopes.struck === 'alive' && !fault.label.startsWith(`${owner} release`);
  assert.deepEqual({ wrong, crashed: scopes.crashed }, { wrong: [], crashed: isCrash ? [owner] : [] });
  assert.equal(crashes(), isCrash ? 1 : 0, 'a crash is reported once');
}

/** The callback of an actor, whichever of its instances and scenarios it is in, and whichever event it is told. */
const kindOf = (label: string) => label.replace(/#\d+/, '').replace(/ (told|channel) .* /, ' $1 ');

/**
 * Each callback at its first call and after a third of its calls, instead of its work and after it; of these, both, or one in the shortest of the
 * scenarios that reach it. After half of them the turn might be over when real files are slow: in the last turn nothing needs to recover.
 */
function faultsOf(scenario: Scenario, calls: [label: string, calls: number][]): Fault[] {
  return calls.flatMap(([label, count], i) => {
    const faults: Fault[] = [
      { label, nth: 1, when: 'before' },
      { label, nth: Math.ceil(count / 3), when: 'after' },
    ];
    if (EVERY) return faults;
    if (shortest.get(kindOf(label)) !== scenario || (calls.length > MANY && i % 3 !== 0)) return [];
    return faults.slice(i % 2, (i % 2) + 1);
  });
}

const reached = new Set<string>();
const heard: [Scenario, Awaited<ReturnType<typeof listen>>][] = [];
// All before the first fault: tests begin to run as soon as there is one.
for (const scenario of scenarios) heard.push([scenario, await listen(scenario)]);

const shortest = new Map<string, Scenario>();
const callsIn = (calls: [label: string, calls: number][]) => calls.reduce((sum, [, count]) => sum + count, 0);
for (const [scenario, calls] of heard.toSorted(([, a], [, b]) => callsIn(b) - callsIn(a))) {
  for (const [label] of calls) shortest.set(kindOf(label), scenario);
}

for (const [scenario, calls] of heard) {
  for (const [label] of calls) reached.add(label.slice(label.lastIndexOf(' ') + 1));
  describe(scenario.name, () => {
    for (const fault of faultsOf(scenario, calls)) {
      test(`${fault.label}: a throw ${fault.when} call ${fault.nth}`, () => survives(scenario, fault));
    }
  });
}

/** Code that creates a callback. */
const MAKES =
  /(?<![\w.#])(?:scope\.|this\.#scope\.)?(?:guard|guardEach|run|onEnd|receive)\(|runAlone\(|clock\.setTimeout\(/;
/** The same words with another meaning. */
const OTHERS =
  /^\s*(?:\/\/|\*|\/\*|import|export|async function|function)|receive\((?:event|message|decoded\.message)?\)|receive\(event: |onEnd\(\)|run\((?:frame|next|0|Uint8)|guard\(tools: /;
/** They only settle a promise, in work that runs in a scope or that the caller awaits. */
const SETTLES =
  /setTimeout\((?:\(\) => resolve\(undefined\)|resolve|\(\) => reject\(noAnswer\(\)\)), |port\.on\('close', scope\.guard\(resolve\)\)/;

/**
 * Errors of a Unix socket, and of a listening server, which the system reports at any time. Those of the wake word's
 * pool: it reports only a thread that fails without a task, and its thread has the same task from beginning to end.
 */
const CANNOT_BE_PROVOKED = /(?:server|viewer)\.on\('error'|pool\.on\('error', scope\.guard\(logFailure\)\)/;

test('every callback of an actor is covered', () => {
  const files = readdirSync('actors', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const sites = files.flatMap((name) =>
    readFileSync(`actors/${name}`, 'utf8')
      .split('\n')
      .flatMap((line, i) =>
        MAKES.test(line) && !OTHERS.test(line) && !SETTLES.test(line) && !CANNOT_BE_PROVOKED.test(line)
          ? [`actors/${name}:${i + 1}`]
          : [],
      ),
  );
  assert.ok(sites.length > 50);
  assert.deepEqual(sites.filter((site) => !reached.has(site)).sort(), []);
});
