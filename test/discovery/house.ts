/**
 * A house in a network namespace, with programs as users run them: a device finds the gateway, is paired, and finds it at another port
 * again. `in-the-house.test.ts` runs it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { earshot, inTemporaryFolder } from '../support/cli.ts';

try {
  await inTemporaryFolder(runHouse);
} catch (error) {
  process.stderr.write(`${inspect(error)}\n`);
  // What still runs ends with the namespace.
  process.exit(1);
}

async function runHouse(folder: string): Promise<void> {
  const state = join(folder, 'gateway');
  const device = ['run', '--name', 'hall', '--input', 'silence', '--output', 'null', '--state', join(folder, 'hall')];
  const gatewayAt = async (port: number) => {
    const gateway = earshot(['gateway', '--port', String(port), '--mdns', 'on', '--state', state]);
    await gateway.line(/^gateway at/);
    return gateway;
  };

  // It looks again and again, so the gateway may come later.
  const first = earshot(device);
  await first.message(/no connection; reconnecting .*No gateway was found in this network yet/);
  let gateway = await gatewayAt(4501);
  await first.message(/this gateway was found in the network .*gateway=ws:\/\/127\.0\.0\.1:4501/);
  const shown = await first.message(/pairing code \d{6}/);
  const [code = ''] = /\d{6}/.exec(shown) ?? [];
  const approved = await earshot(['pair', 'approve', code, '--state', state]).ended;
  assert.equal(approved.code, 0, approved.stderr);
  await first.message(/ connected/);
  first.kill('SIGTERM');
  await first.ended;
  const paired = JSON.parse(readFileSync(join(folder, 'hall', 'paired-gateway.json'), 'utf8'));
  assert.equal(paired.url, 'ws://127.0.0.1:4501/');
  gateway.kill('SIGTERM');
  await gateway.ended;

  // Its gateway has another address.
  gateway = await gatewayAt(4502);
  const second = earshot(device);
  await second.message(/this gateway was found in the network .*gateway=ws:\/\/127\.0\.0\.1:4502/);
  await second.message(/ connected/);
  second.kill('SIGTERM');
  await second.ended;

  // A token is not sent to whatever is there.
  const fourth = await earshot(['run', '--once', '--token', 'a-token-of-some-gateway-0123456789']).ended;
  assert.equal(fourth.code, 2);
  assert.match(fourth.stderr, /which gateway it is|Give its address/);
  gateway.kill('SIGTERM');
  await gateway.ended;
}
