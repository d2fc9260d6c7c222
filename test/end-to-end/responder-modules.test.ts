/**
 * Custom responders: the examples answer real speech, and an invalid module is refused with one line.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { once } from '../support/in-time.ts';
import { alignedCorrelation, readSamples, SHORT_SPEECH, throughCodec } from '../support/speech.ts';
import { undisturbedTurn } from '../support/undisturbed-turn.ts';

const example = (name: string) => fileURLToPath(new URL(`../../examples/responders/${name}`, import.meta.url));

/** Without its ends: a codec delays what it is given. */
const SPOKEN = throughCodec(readSamples(SHORT_SPEECH)).subarray(1_600, -1_600);
const RUNS_TYPESCRIPT = 'typescript' in process.features && Boolean(process.features.typescript);

/** The played reply of a turn with this responder. */
async function answerOf(responder: string, env: NodeJS.ProcessEnv = {}): Promise<Int16Array> {
  return await inTemporaryFolder(async (folder) => {
    const output = join(folder, 'out.wav');
    const args = ['start', '--once', '--input', SHORT_SPEECH, '--output', output, '--json', '--responder', responder];
    await undisturbedTurn(async () => {
      const { code, stdout, stderr } = await earshot(args, { cwd: folder, env: { ...process.env, ...env } }).ended;
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout);
    });
    return readSamples(output);
  });
}

test('the example that processes audio plays the utterance backwards', async () => {
  const heard = await answerOf(example('backwards.mjs'));
  const { correlation } = alignedCorrelation(SPOKEN, heard.reverse());
  assert.ok(correlation > 0.9, `correlation ${correlation}`);
});

test('the example that calls a service plays the answer of the service', async () => {
  const turns: unknown[] = [];
  const service = createServer(async (request, response) => {
    turns.push(request.headers['x-turn']);
    for await (const piece of request) response.write(piece);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  try {
    const { port } = service.address() as AddressInfo;
    const heard = await answerOf(example('http-service.mjs'), { SERVICE_URL: `http://127.0.0.1:${port}` });
    const { correlation } = alignedCorrelation(SPOKEN, heard);
    assert.ok(correlation > 0.9, `correlation ${correlation}`);
    assert.match(String(turns[0]), /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  } finally {
    service.close();
  }
});

test('an invalid responder is refused with one line, before anything starts', () =>
  inTemporaryFolder(async (folder) => {
    const file = (name: string, content: string) => {
      writeFileSync(join(folder, name), content);
      return `./${name}`;
    };
    const refused = {
      parott: /^earshot: There is no responder parott/,
      './missing.mjs': /^earshot: There is no file .*missing\.mjs/,
      [file('empty.mjs', 'export const x = 1;')]: /^earshot: .*empty\.mjs exports no responder/,
      [file('broken.mjs', 'export default (')]: /^earshot: .*broken\.mjs cannot be loaded: /,
      [file('throws.mjs', 'throw new Error("no key");')]: /^earshot: .*throws\.mjs cannot be loaded: no key/,
      ...(RUNS_TYPESCRIPT ? {} : { [file('typed.ts', 'export default 1 as number;')]: /cannot run TypeScript/ }),
    };
    for (const [responder, message] of Object.entries(refused)) {
      const { code, stdout, stderr } = await earshot(['gateway', '--port', '0', '--responder', responder], {
        cwd: folder,
      }).ended;
      assert.equal(code, 2, `${responder}: ${stderr}`);
      assert.equal(stdout, '');
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n\s+at /);
    }
  }));
