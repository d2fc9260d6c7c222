/**
 * A gateway behind a proxy that serves it under a path.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { tokenFile } from '../../src/core/files/paths.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { SHORT_SPEECH } from '../support/speech.ts';

/** Forwards requests below /voice/, without that prefix, and answers others with 404. */
async function proxyTo(port: number): Promise<{ server: Server; port: number }> {
  const server = createServer((client) => {
    client.on('error', () => client.destroy());
    let head = '';
    const onData = (bytes: Buffer) => {
      head += bytes.toString('latin1');
      if (!head.includes('\r\n')) return;
      client.off('data', onData);
      const below = /^GET \/voice(\/\S*)/.exec(head)?.[1];
      if (below === undefined) return client.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
      const gateway = connect(port, '127.0.0.1');
      gateway.on('error', () => client.destroy());
      client.on('close', () => gateway.destroy());
      // Every request of a connection: the doctor asks more than once.
      const strip = (text: string) => text.replaceAll(/^GET \/voice/gm, 'GET ');
      gateway.write(strip(head).replaceAll('GET  ', 'GET '), 'latin1');
      client.on('data', (more) => gateway.write(strip(more.toString('latin1')).replaceAll('GET  ', 'GET '), 'latin1'));
      gateway.pipe(client);
    };
    client.on('data', onData);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

test('run, latency and doctor reach a gateway under a path', { timeout: 100_000 }, async () => {
  const gateway = earshot(['gateway', '--port', '0', '--open', '--json']);
  const { url } = JSON.parse(await gateway.line(/^\{/)) as { url: string };
  const proxy = await proxyTo(Number(new URL(url).port));
  try {
    const address = `ws://127.0.0.1:${proxy.port}/voice/`;
    const speech = ['--input', SHORT_SPEECH, '--output', 'null'];
    const run = await earshot(['run', '--once', '--gateway', address, ...speech]).ended;
    assert.equal(run.code, 0, run.stderr);
    const latency = await earshot(['latency', '--gateway', address, '--iterations', '1', '--json']).ended;
    assert.equal(latency.code, 0, latency.stderr);
    const doctor = await earshot(['doctor', '--gateway', address, '--no-loopback', '--json']).ended;
    assert.match(doctor.stdout, /"check":"gateway","status":"(ok|warn)"/);
    const without = await earshot(['run', '--once', '--gateway', address.replace('voice/', ''), ...speech]).ended;
    assert.match(without.stderr, /HTTP 404/);
  } finally {
    proxy.server.close();
    gateway.kill('SIGTERM');
    await gateway.ended;
  }
});

test('unsupported parts of an address are refused, and a damaged token is reported', { timeout: 100_000 }, () =>
  inTemporaryFolder(async (state) => {
    for (const args of [['run', '--once'], ['latency'], ['doctor', '--no-loopback']]) {
      const { stdout, stderr } = await earshot([...args, '--gateway', 'wss://me:secret@example.org/voice']).ended;
      assert.match(stdout + stderr, /has a user name or password, which is not supported/);
      assert.doesNotMatch(stdout + stderr, /secret/);
    }
    const run = ['run', '--once', '--gateway', 'ws://127.0.0.1:9', '--input', SHORT_SPEECH, '--output', 'null'];
    writeFileSync(tokenFile(state), Buffer.alloc(40));
    const damaged = await earshot([...run, '--state', state]).ended;
    assert.equal(damaged.code, 1);
    assert.match(damaged.stderr, /token is damaged.*pair the device again/);
    const wrong = await earshot([...run, '--state', join(state, 'other'), '--token', 'a\nb']).ended;
    assert.equal(wrong.code, 2);
  }),
);
