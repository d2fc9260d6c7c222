import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { earshot } from '../support/cli.ts';
import { once } from '../support/in-time.ts';
import { testModel } from '../support/models.ts';
import { SHORT_SPEECH } from '../support/speech.ts';

const KEYS = { brain: 'sk-brain-3f1c9a', transcriber: 'sk-transcriber-77b2e', synthesizer: 'sk-synthesizer-0d4e8' };
const SAID = 'the launch code is swordfish';

let folder: string;
let server: Server;
let asked: (string | undefined)[];

before(async () => {
  await testModel('flite');
  folder = mkdtempSync(join(tmpdir(), 'earshot-keys-'));
  asked = [];
  // It refuses each request and quotes what it was sent, as careless servers do.
  server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    asked.push(request.headers.authorization);
    const status = asked.length % 2 === 0 ? 500 : 401;
    const message = `wrong key ${request.headers.authorization}; you sent ${body}`;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** Modules of a user, who throws everything that he knows. */
function configure(): string {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const ears = `export default (settings) => ({
    begin: () => ({ push() {}, async finish() { return { text: ${JSON.stringify(SAID)} }; } }),
    async prepare() { throw new Error('cannot prepare with ' + settings.key()); },
    async close() {},
  });`;
  const voice = `export default (settings, { log }) => ({
    async *speak(text) {
      log.warn('speaks with ' + settings.key(), { key: settings.key() });
      throw new Error(settings.key() + ' cannot say ' + text);
    },
    async close() {},
  });`;
  writeFileSync(join(folder, 'ears.mjs'), ears);
  writeFileSync(join(folder, 'voice.mjs'), voice);
  writeFileSync(join(folder, 'brain.key'), KEYS.brain, { mode: 0o600 });
  const file = join(folder, 'config.jsonc');
  const assistant = {
    transcriber: { provider: './ears.mjs', keyVariable: 'KEY_OF_EARS', fallback: 'none' },
    brain: { provider: 'openai', url, model: 'm', keyFile: 'brain.key' },
    synthesizer: { provider: './voice.mjs' },
  };
  writeFileSync(file, `// the assistant of the test\n${JSON.stringify({ assistant })}`);
  return file;
}

test('no key stands in anything that the gateway writes, whatever fails; nor a transcript in its log', async () => {
  const state = join(folder, 'state');
  const output = join(folder, 'reply.wav');
  const args = ['start', '--once', '--json', '--record', '--responder', 'assistant', '--config', configure()];
  const running = earshot([...args, '--input', SHORT_SPEECH, '--output', output, '--log-level', 'debug'], {
    env: {
      ...{ EARSHOT_STATE: state, HOME: folder, OPENAI_API_KEY: '', EARSHOT_ASSISTANT: '' },
      ...{ KEY_OF_EARS: KEYS.transcriber, EARSHOT_SYNTHESIZER_KEY: KEYS.synthesizer },
      EARSHOT_MODELS: (await import('../support/models.ts')).testModelsFolder,
    },
  });
  await running.message(/device connected/);
  const processes = [running.pid, ...childrenOf(running.pid)].map((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
  );
  const { code, stdout, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  const turn = JSON.parse(stdout);
  assert.equal(turn.outcome, 'done', stdout);
  assert.match(turn.reply.text, /^My language model does not work at the moment, so I answer on my own\. /);
  assert.ok(asked.includes(`Bearer ${KEYS.brain}`), 'the key was used');
  const files = filesIn(state).map((path) => readFileSync(path, 'latin1'));
  assert.ok(files.length > 3, 'there are records');
  const written = [stdout, stderr, ...processes, ...files];
  for (const key of Object.values(KEYS)) {
    for (const text of written) assert.ok(!text.includes(key), `${key} in: ${around(text, key)}`);
  }
  assert.match(stderr, /a provider of the assistant failed/);
  assert.ok(!stderr.includes('swordfish'), around(stderr, 'swordfish'));
});

function around(text: string, found: string): string {
  const at = text.indexOf(found);
  return text.slice(Math.max(0, at - 200), at + 100);
}

function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ').map(Number);
}

function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
