/**
 * `earshot gateway --open` behind a proxy on the same machine: who comes through it is not from this machine.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { earshot, inTemporaryFolder, type RunningCli } from '../support/cli.ts';
import { dial, hello } from '../support/client.ts';

/** What a device without a token gets to hear: `welcome`, or that it may be paired. */
async function firstWord(url: string, headers: Record<string, string>): Promise<string> {
  const client = await dial(url, { headers });
  client.send(hello('kitchen'));
  const { type } = await client.waitFor(({ type }) => type === 'welcome' || type === 'pair.pending', 'an answer');
  client.terminate();
  return type;
}

async function withGateway(args: string[], use: (url: string, running: RunningCli) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (state) => {
    const running = earshot(['gateway', '--open', '--port', '0', '--json', '--state', state, ...args]);
    const { url } = JSON.parse(await running.line(/^\{/));
    try {
      await use(url, running);
    } finally {
      running.kill('SIGTERM');
    }
    assert.equal((await running.ended).code, 0);
  });
}

test('without a proxy that is named, who was forwarded may be paired only', () =>
  withGateway([], async (url, running) => {
    assert.equal(await firstWord(url, {}), 'welcome');
    assert.equal(await firstWord(url, { 'X-Forwarded-For': '203.0.113.7' }), 'pair.pending');
    assert.equal(await firstWord(url, { Forwarded: 'for=203.0.113.7' }), 'pair.pending');
    assert.equal(await firstWord(url, { Via: '1.1 proxy' }), 'pair.pending');
    assert.equal(await firstWord(url, { Host: 'voice.example' }), 'pair.pending');
    await running.message(/came through a proxy.*--trust-proxy/);
  }));

test('of a proxy that is named, its word is taken', () =>
  withGateway(['--trust-proxy', '127.0.0.1'], async (url) => {
    assert.equal(await firstWord(url, { 'X-Forwarded-For': '127.0.0.1' }), 'welcome');
    assert.equal(await firstWord(url, { 'X-Forwarded-For': '203.0.113.7' }), 'pair.pending');
    assert.equal(await firstWord(url, { 'X-Forwarded-For': '127.0.0.1, 203.0.113.7' }), 'pair.pending');
    assert.equal(await firstWord(url, {}), 'pair.pending');
  }));

test('a proxy that is no address is a wrong command line', async () => {
  const { code, stderr } = await earshot(['gateway', '--trust-proxy', 'proxy.example']).ended;
  assert.equal(code, 2);
  assert.match(stderr, /no address of a proxy/);
});
