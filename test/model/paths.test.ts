/**
 * Every machine, along every path that its own graph generates; all of its states and all of its transitions.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createCoverage, generatePaths, runPath } from './paths.ts';
import { SUBJECTS } from './subjects.ts';

const table: string[] = [];

for (const subject of SUBJECTS) {
  test(`${subject.name}: every path runs as in the model, and covers all of the machine`, () => {
    const coverage = createCoverage(subject);
    const paths = generatePaths(subject);
    for (const path of paths) runPath(subject, path, coverage);
    const { states, transitions } = coverage.report();
    const share = ({ covered, total }: { covered: number; total: number }) => `${covered}/${total}`.padStart(9);
    table.push(`${subject.name.padEnd(14)}${share(states)}${share(transitions)}${String(paths.length).padStart(8)}`);
    assert.deepEqual(states.missed, [], 'states that no path reaches');
    assert.deepEqual(transitions.missed, [], 'transitions that no path takes');
  });
}

after(() => {
  process.stdout.write(`\n${'machine'.padEnd(14)}   states  transit.   paths\n${table.join('\n')}\n\n`);
});
