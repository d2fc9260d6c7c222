/**
 * The cost of changing a contract: a new event needs only its declaration, and a new field only a change of the sender, according
 * to the compiler. Tested on a copy of the tree.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const tree = fileURLToPath(new URL('../../', import.meta.url));
let copy: string;
before(() => {
  copy = mkdtempSync(join(tmpdir(), 'earshot-contract-'));
  for (const name of ['src', 'actors', 'machines', 'convex', 'package.json', 'tsconfig.json']) {
    cpSync(join(tree, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(tree, 'node_modules'), join(copy, 'node_modules'));
});
after(() => rmSync(copy, { recursive: true, force: true }));

/** Runs `work` with the changed contract. */
function changed<T>(contract: string, from: string, to: string, work: () => T): T {
  const path = join(copy, 'src', 'core', 'contracts', contract);
  const declared = readFileSync(path, 'utf8');
  assert.ok(declared.includes(from), `${contract} has no ${from}`);
  writeFileSync(path, declared.replace(from, to));
  try {
    return work();
  } finally {
    writeFileSync(path, declared);
  }
}

function run(command: string, ...args: string[]): string {
  const { stdout, stderr } = spawnSync(command, args, { cwd: copy, encoding: 'utf8' });
  assert.equal(stderr, '');
  return stdout;
}

/** The files with compiler errors. */
function faults(): string[] {
  const stdout = run(join(tree, 'node_modules', '.bin', 'tsc'), '--noEmit', '--pretty', 'false');
  return [...new Set(stdout.match(/^\S+(?=\(\d+,\d+\): error)/gm))];
}

const BEFORE_REPLY_FINISHED = "'reply.finished': event(";
const REPLY_PAUSED = "'reply.paused': event('the reply waits', { turn }),\n    ";

test('a new event of an actor is forwarded and can be sent by hand, without a compiler error', () => {
  const ask = `
    import { link } from './machines/link.ts';
    import { createSupervisor } from './machines/supervise.ts';
    import { networkContract } from './src/core/contracts/index.ts';
    import { TEMPLATES } from './src/observability/inspect/templates.ts';
    const machines = [link, createSupervisor(networkContract)];
    const handedOn = machines.map((machine) => machine.events.includes('reply.paused'));
    process.stdout.write(JSON.stringify([...handedOn, TEMPLATES['reply.paused']]));
  `;
  writeFileSync(join(copy, 'ask.ts'), ask);
  changed('network.ts', BEFORE_REPLY_FINISHED, REPLY_PAUSED + BEFORE_REPLY_FINISHED, () => {
    assert.deepEqual(faults(), []);
    assert.deepEqual(JSON.parse(run(process.execPath, '--import', 'tsx', 'ask.ts')), [true, true, { turn: 0 }]);
  });
});

test('a new field of an event requires only a change of its sender', () => {
  const anchor = "event('the last packet of the reply arrived', { turn,";
  changed('network.ts', anchor, `${anchor} missing: 0,`, () => {
    assert.deepEqual(faults(), ['actors/network/live-turn.ts']);
  });
});

test('a new event that an actor receives requires no change of machines that do not send it', () => {
  const anchor = "'network.connect': event(";
  const event = "'network.pause': event('send nothing for now'),\n    ";
  changed('network.ts', anchor, event + anchor, () => assert.deepEqual(faults(), []));
});
