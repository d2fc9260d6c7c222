import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { isConfigured, loadAssistantConfig } from '../../../src/gateway/assistant/config.ts';
import { examineAssistant, type PartCheck } from '../../../src/gateway/assistant/examine-assistant.ts';
import { assistantCheck } from '../../../src/tools/doctor/checks/assistant.ts';
import { HOME_ASSISTANT_TOKEN, startHomeAssistantPeer } from '../../assistant-peer/home-assistant.ts';
import { startWyomingPeer } from '../../assistant-peer/wyoming.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-examine-'));
});
after(() => rmSync(folder, { recursive: true }));

async function examine(assistant: object, environment: NodeJS.ProcessEnv = {}): Promise<PartCheck[]> {
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify({ assistant }));
  const config = await loadAssistantConfig({ file, environment });
  const checks: PartCheck[] = [];
  const context = { clock: systemClock, log: silentLog, modelsFolder: folder };
  for await (const check of examineAssistant(config, context)) checks.push(check);
  return checks;
}

const module = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return `./${name}`;
};
const line = ({ part, name, isOk }: PartCheck) => `${part} ${name} ${isOk ? 'ok' : 'not ok'}`;

test('each configured part is used once: providers by their own checks, modules by their first result', async () => {
  const speech = {
    speak: async () => ({ samples: new Int16Array(1_600), sampleRateHz: 16_000 }),
    recognise: async () => 'hello',
  };
  const wyoming = await startWyomingPeer({ speech });
  const home = await startHomeAssistantPeer();
  const synthesizer = module(
    'voice.mjs',
    'export default () => ({ async *speak() { yield { samples: new Int16Array(9), sampleRateHz: 16000 }; }, async close() {} });',
  );
  const checks = await examine(
    {
      transcriber: { provider: 'wyoming', url: wyoming.url },
      brain: { provider: 'home-assistant', url: home.url },
      synthesizer,
    },
    { HOME_ASSISTANT_TOKEN },
  );
  assert.deepEqual(checks.map(line), [
    'transcriber reachable ok',
    'brain reachable ok',
    'brain answer ok',
    'synthesizer loads ok',
    'synthesizer first audio ok',
  ]);
  assert.match(checks[2]?.found ?? '', /^after \d+ ms$/);
  await wyoming.close();
  await home.close();
});

test('what is wrong with a part, without its key', async () => {
  const home = await startHomeAssistantPeer();
  const transcriber = module('deaf.mjs', 'export default (settings) => { throw new Error("no " + settings.key()); };');
  const synthesizer = module('mute.mjs', 'export default () => ({ async *speak() {}, async close() {} });');
  const checks = await examine(
    {
      transcriber: { provider: transcriber, keyVariable: 'KEY' },
      brain: { provider: 'home-assistant', url: home.url, keyVariable: 'KEY' },
      synthesizer,
    },
    { KEY: 'the-wrong-key' },
  );
  assert.deepEqual(checks.map(line), [
    'transcriber usable not ok',
    'brain key accepted not ok',
    'synthesizer loads ok',
    'synthesizer first audio not ok',
  ]);
  assert.doesNotMatch(JSON.stringify(checks), /the-wrong-key/);
  await home.close();
});

test('a missing file, a module without a part, a module that cannot be loaded', async () => {
  const checks = await examine({
    transcriber: './missing.mjs',
    brain: module('empty.mjs', 'export const brain = 1;'),
    synthesizer: module('broken.mjs', 'export default ;'),
  });
  assert.deepEqual(checks.map(line), ['transcriber usable not ok', 'brain usable not ok', 'synthesizer usable not ok']);
  assert.match(
    checks.map(({ found }) => found).join('\n'),
    /There is no file[\s\S]*no default export that makes a brain[\s\S]*cannot be loaded/,
  );
});

test('in the doctor a configured part that fails is a failure; a device without models needs none', async () => {
  const parts = async function* () {
    yield {
      part: 'transcriber',
      provider: 'moonshine',
      name: 'usable',
      isOk: false,
      found: 'The model is not there',
      hint: 'Fetch it',
    };
  };
  const of = async (configured: boolean) =>
    (await assistantCheck(parts, configured).run(undefined as never)).map(({ status }) => status);
  assert.deepEqual(await of(true), ['fail']);
  assert.deepEqual(await of(false), ['skip']);
  assert.equal(isConfigured(await loadAssistantConfig({ environment: { HOME: folder } })), false);
  assert.equal(isConfigured(await loadAssistantConfig({ environment: { HOME: folder }, spec: 'brain=openai' })), true);
});
