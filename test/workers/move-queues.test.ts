/**
 * Records that wait for the cloud get a process when a gateway has another number of processes than before.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { queueFolder, workerFolder } from '../../src/core/files/paths.ts';
import { moveQueues } from '../../src/gateway/workers/move-queues.ts';
import { inTemporaryFolder } from '../support/cli.ts';

function put(folder: string, ...names: string[]): void {
  mkdirSync(queueFolder(folder), { recursive: true });
  for (const name of names) writeFileSync(join(queueFolder(folder), name), folder);
}
const names = (folder: string) => (existsSync(queueFolder(folder)) ? readdirSync(queueFolder(folder)).sort() : []);

test('of one process, to the first of several; of several, to those that are left, or to the one', () =>
  inTemporaryFolder(async (state) => {
    put(state, 'a.json', 'a.opus');
    moveQueues(state, 3);
    assert.deepEqual([names(state), names(workerFolder(state, 1))], [[], ['a.json', 'a.opus']]);
    put(workerFolder(state, 2), 'b.json');
    put(workerFolder(state, 3), 'c.json', 'c.opus');
    moveQueues(state, 2);
    assert.deepEqual(names(workerFolder(state, 1)), ['a.json', 'a.opus', 'c.json', 'c.opus']);
    assert.deepEqual(names(workerFolder(state, 2)), ['b.json']);
    moveQueues(state, 0);
    assert.deepEqual(names(state), ['a.json', 'a.opus', 'b.json', 'c.json', 'c.opus']);
  }));

test('a record that is there already is not replaced, and waits where it is', () =>
  inTemporaryFolder(async (state) => {
    put(workerFolder(state, 1), 'a.json');
    put(state, 'a.json', 'a.opus');
    moveQueues(state, 0);
    assert.equal(readFileSync(join(queueFolder(state), 'a.json'), 'utf8'), state);
    assert.deepEqual(names(workerFolder(state, 1)), ['a.json']);
  }));

test('without other folders nothing happens', () =>
  inTemporaryFolder(async (state) => {
    moveQueues(state, 0);
    assert.deepEqual(readdirSync(state), []);
  }));
