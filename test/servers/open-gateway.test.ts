/**
 * `earshot gateway --open` behind a proxy on the same machine: a client of the proxy is not from this machine.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { earshot, inTemporaryFolder, type RunningCli } from '../support/cli.ts';
import { dial, hello } from '../support/client.ts';

/** The answer to a device without a token: `welcome`, or a pairing. */
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

test('without a named proxy, a forwarded device can only be paired', () =>
  withGateway([], async (url, running) => {
    assert.equal(await firstWord(url, {}), 'welcome');
    assert.equal(await firstWord(url, { 'X-Forwarded-For': '203.0.113.7' }), 'pair.pending');
    assert.equal(await firstWord(url, { Forwarded: 'for=203.0.113.7' }), 'pair.pending');
    assert.equal(await firstWord(url, { Via: '1.1 proxy' }), 'pair.pending');
    assert.equal(await firstWord(url, { Host: 'voice.example' }), 'pair.pending');
    await running.message(/came through a proxy.*--trust-proxy/);
  }));

test('the header of a named proxy is used', () =>
  withGateway(['--trust-proxy', '127.0.0.1'], async (url) => {
    assert.equal(await firstWord(url, { 'X-Forwarded-For': '127.0.0.1' }), 'welcome');
    assert.equal(await firstWord(url, { 'X-Forwarded-For': '203.0.113.7' }), 'pair.pending');
    assert.equal(await firstWord(url, { 'X-Forwarded-For': '127.0.0.1, 203.0.113.7' }), 'pair.pending');
    assert.equal(await firstWord(url, {}), 'pair.pending');
  }));

test('only the header that names the client is used', () =>
  withGateway(['--trust-proxy', '127.0.0.1', '--proxy-header', 'forwarded'], async (url) => {
    assert.equal(await firstWord(url, { Forwarded: 'for=127.0.0.1' }), 'welcome');
    assert.equal(
      await firstWord(url, { Forwarded: 'for=203.0.113.7', 'X-Forwarded-For': '127.0.0.1' }),
      'pair.pending',
    );
    assert.equal(await firstWord(url, { 'X-Forwarded-For': '127.0.0.1' }), 'pair.pending');
  }));

test('the PROXY protocol without a proxy that is trusted is a usage error', async () => {
  const { code, stderr } = await earshot(['gateway', '--proxy-header', 'proxy-protocol']).ended;
  assert.equal(code, 2);
  assert.match(stderr, /--trust-proxy/);
});

test('an invalid address of a proxy is a usage error', async () => {
  const { code, stderr } = await earshot(['gateway', '--trust-proxy', 'proxy.example']).ended;
  assert.equal(code, 2);
  assert.match(stderr, /not the address of a proxy/);
});
