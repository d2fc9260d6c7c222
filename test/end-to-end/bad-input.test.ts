/**
 * Wrong input gives one clear line with a hint, an exit code, and no stack trace.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { SHORT_SPEECH } from '../support/speech.ts';

async function refuses(args: string[], code: number, says: RegExp): Promise<void> {
  const outcome = await earshot(args).ended;
  assert.equal(outcome.code, code, `${args.join(' ')}\n${outcome.stderr}`);
  assert.match(outcome.stderr, says);
  assert.doesNotMatch(outcome.stderr, /\n\s+at /, 'a stack trace');
}

const fileToFile = ['--input', SHORT_SPEECH, '--output', 'null'];

test('a missing WAV file is told before anything starts', () =>
  refuses(
    ['start', '--once', '--input', 'nope.wav', '--output', 'null'],
    2,
    /^earshot: There is no file nope\.wav\. Check its name\.\n$/,
  ));

test('a corrupt WAV file', () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, 'noise.wav');
    writeFileSync(path, Buffer.alloc(2_000, 'noise'));
    await refuses(['start', '--once', '--input', path, '--output', 'null'], 1, /noise\.wav.*WAV/);
  }));

test('an output folder that does not exist', () =>
  refuses(
    ['start', '--once', '--input', SHORT_SPEECH, '--output', '/no/such/folder/out.wav'],
    2,
    /^earshot: .*cannot be written: its folder does not exist.*\n$/,
  ));

test('a directory is refused before anything starts', () =>
  inTemporaryFolder(async (folder) => {
    const alone = (reason: string) => new RegExp(`^earshot: ${folder} cannot be ${reason}: it is a directory\\..*\\n$`);
    await refuses(['start', '--once', '--input', folder, '--output', 'null'], 2, alone('read'));
    await refuses(['start', '--once', '--input', SHORT_SPEECH, '--output', folder], 2, alone('written'));
  }));

test('an unknown sound device', () =>
  refuses(['start', '--once', '--device', 'no such card'], 1, /earshot: .*(no such card|no microphone|sound)/i));

test('a missing gateway', () =>
  refuses(
    ['run', '--once', '--gateway', 'ws://127.0.0.1:9', ...fileToFile],
    1,
    /127\.0\.0\.1:9 cannot be reached: connection refused/,
  ));

test('something that is not a gateway', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    await refuses(['run', '--once', '--gateway', `ws://127.0.0.1:${port}`, ...fileToFile], 1, /HTTP 418/);
  } finally {
    server.close();
  }
});

test('a port in use', async () => {
  const gateway = earshot(['gateway', '--open', '--port', '0', '--json']);
  const { url } = JSON.parse(await gateway.line(/^\{/));
  await refuses(['gateway', '--port', new URL(url).port], 1, /in use.*--port/);
  gateway.kill('SIGTERM');
  await gateway.ended;
});

test('an unknown option, command, value and address are usage errors', async () => {
  await refuses(['start', '--bogus'], 2, /unknown option '--bogus'/);
  await refuses(['bogus'], 2, /unknown command 'bogus'/);
  await refuses(['start', '--frames-per-packet', '9'], 2, /whole number from 1 to 6/);
  await refuses(['run', '--gateway', 'nonsense', ...fileToFile], 2, /not the address of a gateway/);
});

test('every command has help', async () => {
  for (const command of [[], ['start'], ['run'], ['gateway'], ['devices']]) {
    const { code, stdout } = await earshot([...command, '--help']).ended;
    assert.equal(code, 0);
    assert.match(stdout, /Usage: earshot/);
  }
});
