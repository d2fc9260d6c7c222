/**
 * SIGTERM and Ctrl-C of `earshot gateway`, as a service manager and a person send them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { earshot } from '../support/cli.ts';
import { connected, dial, FINAL, packet, turnStart } from '../support/client.ts';

const args = ['gateway', '--open', '--port', '0', '--json', '--ephemeral', '--drain-timeout', '300'];

/** A gateway with a device in the middle of an utterance. */
async function inTurn() {
  const gateway = earshot(args);
  const { url, web } = JSON.parse(await gateway.line(/^\{/));
  const device = await connected(url, 'kitchen');
  device.send(turnStart(1), packet({ turn: 1, sequence: 0 }));
  await device.settled();
  return { gateway, url, web, device };
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} lets the turn under way end; further devices are refused, and the exit code is 0`, async () => {
    const { gateway, url, web, device } = await inTurn();
    gateway.kill(signal);
    const goaway = await device.waitForMessage('goaway');
    assert.deepEqual([goaway.afterMs, goaway.spreadMs], [300_000, 10]);
    const ready = await fetch(`${web}/readyz`);
    const { reasons } = (await ready.json()) as { reasons: string[] };
    assert.deepEqual([ready.status, reasons], [503, ['the gateway is draining']]);
    assert.equal((await fetch(`${web}/healthz`)).status, 200);
    await assert.rejects(dial(url), /503/);
    device.send(packet({ turn: 1, sequence: 2, flags: FINAL }));
    const frames = (await device.reply(1)).map((bytes) => bytes.readUInt8(12));
    assert.equal(
      frames.reduce((sum, each) => sum + each, 0),
      4,
    );
    await device.waitForMessage('turn.done', 1);
    device.close();
    const { code, stderr } = await gateway.ended;
    assert.equal(code, 0, stderr);
  });
}

test('a second signal ends it at once, also in the middle of a turn', async () => {
  const { gateway, device } = await inTurn();
  gateway.kill('SIGTERM');
  await device.waitForMessage('goaway');
  gateway.kill('SIGINT');
  const { code, stderr } = await gateway.ended;
  // It is ended by the signal, as a process without a handler.
  assert.equal(code, null);
  assert.match(stderr, /ended at once by SIGINT/);
  assert.doesNotMatch(stderr, /\n\s+at /);
});
