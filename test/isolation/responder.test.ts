/**
 * A responder is third-party code: its faults fail its turn only.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { type Client, connected, FINAL, packet, turnStart } from '../support/client.ts';
import { exitOf, once } from '../support/in-time.ts';
import { FAULTS, faultyId } from './faulty-responder.ts';

let child: ChildProcess;
let url = '';
let output = '';

before(async () => {
  child = fork(new URL('./responder-gateway.ts', import.meta.url), {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  child.stderr?.on('data', (text: Buffer) => {
    output += text;
  });
  [url] = await once(child, 'message');
});
after(() => child.kill());

/** Resolves when the process has written it. */
async function written(pattern: RegExp): Promise<void> {
  while (!pattern.test(output)) await once(child.stderr ?? child, 'data');
}

const speech = (turn: number) => [
  packet({ turn, sequence: 0 }),
  packet({ turn, sequence: 2 }),
  packet({ turn, sequence: 4, flags: FINAL }),
];

async function isAnswered(client: Client, turn: number): Promise<void> {
  client.send(turnStart(turn), ...speech(turn));
  await client.reply(turn);
  await client.waitForMessage('turn.done', turn);
}

describe('a responder that', () => {
  let serial = 0;
  for (const name of Object.keys(FAULTS)) {
    test(`${name} fails its turn; the turn of another device and the next one are answered`, async () => {
      serial += 1;
      const device = await connected(url, `faulty ${serial}`);
      const other = await connected(url, `beside ${serial}`);
      other.send(turnStart(1), packet({ turn: 1, sequence: 0 }));
      device.send(turnStart(1, { id: faultyId(name, serial) }), ...speech(1));
      const error = await device.waitForMessage('error', 1);
      assert.equal(error.code, 'responder_failed');
      assert.equal(error.retryable, true);
      assert.ok(String(error.message).length <= 4_096);
      await isAnswered(device, 2);
      other.send(packet({ turn: 1, sequence: 2, flags: FINAL }));
      await other.waitForMessage('turn.done', 1);
      const frames = (await other.reply(1)).map((bytes) => bytes.readUInt8(12));
      assert.equal(
        frames.reduce((sum, each) => sum + each),
        4,
        'the whole utterance comes back',
      );
      assert.equal(child.exitCode, null, output);
      for (const client of [device, other]) client.close();
    });
  }
});

test('a fault without an owner is logged, and nothing else is affected', async () => {
  const device = await connected(url, 'bystander');
  device.send(turnStart(1), packet({ turn: 1, sequence: 0 }));
  child.send('throw');
  await written(/error an error outside of all actors; the process continues error=.?nobody owns it/);
  await isAnswered(device, 2);
  assert.doesNotMatch(output, / {4}at /, 'no stack trace');
});

test('too many faults without an owner end the process, so that it is restarted', async () => {
  for (let i = 0; i < 11; i++) child.send('throw');
  const { code } = await exitOf(child);
  assert.equal(code, 1);
  await written(/ended by Error: nobody owns it/);
});
