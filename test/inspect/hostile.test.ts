/**
 * Pages that hang, flood or send invalid data during a turn: the turn is not affected.
 */
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { once } from '../support/in-time.ts';
import { SHORT_SPEECH } from '../support/speech.ts';
import { undisturbedTurn } from '../support/undisturbed-turn.ts';

test('a turn is answered without a gap while pages hang and flood', () =>
  inTemporaryFolder(async (folder) => {
    const files = ['--input', SHORT_SPEECH, '--output', 'null', '--state', folder];
    const line = earshot(['start', '--inspect=0', '--json', ...files], { cwd: folder });
    const { host, hostname, port, hash } = new URL((await line.message(/^inspector at /)).replace('inspector at ', ''));
    const openPage = () => new WebSocket(`ws://${host}/feed`, ['earshot.inspect.1', `token.${hash.slice(1)}`]);

    // One that never reads.
    const hung = openPage();
    await once(hung, 'open');
    (hung as unknown as { _socket: Socket })._socket.pause();
    // One that sends invalid data as fast as possible, up to a limit.
    const flooding = openPage();
    await once(flooding, 'open');
    let refused = 0;
    flooding.on('message', (data) => {
      if (String(data).includes('"too many commands"')) refused += 1;
    });
    for (let i = 0; i < 2_000; i++) flooding.send('{"k":"send","a":1,"event":{"type":"link.down"}}');
    // Some that never finish their request.
    const slow = Array.from({ length: 20 }, () => connect(Number(port), hostname));
    for (const socket of slow) {
      socket.on('error', () => {});
      socket.write('GET / HTTP/1.1\r\nHost: ');
    }
    // One that sends more than a command may have: it is disconnected.
    const large = openPage();
    large.on('error', () => {});
    await once(large, 'open');
    large.send('x'.repeat(100_000));
    const [code] = await once(large, 'close');
    assert.equal(code, 1_009);

    let turns = 0;
    const report = await undisturbedTurn(async () => {
      if (turns > 0) line.kill('SIGUSR1');
      turns += 1;
      return JSON.parse(await line.line(/"turnId"/, turns));
    });
    assert.equal(report.outcome, 'done');
    assert.ok(report.reply.frames > 140);
    assert.ok(refused > 1_500, `${refused} refused`);
    for (const socket of slow) socket.destroy();
    hung.terminate();
    flooding.terminate();
    line.kill('SIGTERM');
    assert.equal((await line.ended).code, 0);
  }));
