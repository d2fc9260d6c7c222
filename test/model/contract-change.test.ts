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

/** What is inserted into the network's contract, each before the other text. */
const CHANGES = [
  {
    what: 'a new event of the actor',
    before: "'reply.finished': event(",
    text: "'reply.paused': event('the reply waits', { turn }),\n    ",
  },
  {
    what: 'a new event that the actor receives',
    before: "'network.connect': event(",
    text: "'network.pause': event('send nothing for now'),\n    ",
  },
];
const FIELD = "event('the last packet of the reply arrived', { turn,";

test('new events of an actor are forwarded, can be sent by hand, and need no other change; a new field needs only a change of its sender', () => {
  const path = join(copy, 'src/core/contracts/network.ts');
  let contract = readFileSync(path, 'utf8');
  for (const { what, before, text } of CHANGES) {
    assert.ok(contract.includes(before), `${what}: there is no ${before}`);
    contract = contract.replace(before, text + before);
  }
  writeFileSync(path, contract);
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
  assert.deepEqual(JSON.parse(run(process.execPath, '--import', 'tsx', 'ask.ts')), [true, true, { turn: 0 }]);

  assert.ok(contract.includes(FIELD));
  writeFileSync(path, contract.replace(FIELD, `${FIELD} missing: 0,`));
  assert.deepEqual(faults(), ['actors/network/live-turn.ts']);
});
