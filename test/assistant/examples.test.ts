import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createMcpServer } from '../../actors/assistant/tools/mcp-server.ts';
import { defaultProfile } from '../../src/core/device-profile.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { type AssistantParts, assembleAssistant } from '../../src/gateway/assistant/assemble.ts';
import { loadAssistantConfig } from '../../src/gateway/assistant/config.ts';

const FOLDER = fileURLToPath(new URL('../../examples/assistant/', import.meta.url));
const { signal } = new AbortController();
let parts: AssistantParts;

before(async () => {
  const spec = 'brain=./brain.mjs,synthesizer=./voice.mjs,transcriber=openai';
  const environment = { HOME: '/nowhere', OPENAI_API_KEY: 'sk-none' };
  const config = await loadAssistantConfig({ spec, folder: FOLDER, environment });
  const context = { clock: systemClock, log: silentLog, modelsFolder: FOLDER, limits: DEFAULT_LIMITS };
  parts = await assembleAssistant(config, context);
});
after(() => parts.close());

test('a brain of the user, by its path', async () => {
  const request = { text: 'what an extraordinary idea', history: [], tools: [], turnId: 'turn', nowMs: 0 };
  let answer = '';
  for await (const output of parts.brain.answer({ ...request, device: defaultProfile('kitchen') }, signal)) {
    if (output.type === 'text') answer += output.text;
  }
  assert.equal(answer, 'You said 4 words. The longest one was extraordinary.');
  assert.equal(parts.inUse.find(({ part }) => part === 'brain')?.provider, `${FOLDER}brain.mjs`);
});

test('a voice of the user, by its path', async () => {
  let beeps = 0;
  for await (const { samples, sampleRateHz } of parts.synthesizer.speak('one two three', {
    device: 'kitchen',
    language: 'en',
    signal,
  })) {
    assert.deepEqual([samples.length, sampleRateHz], [2_880, 16_000]);
    beeps += 1;
  }
  assert.equal(beeps, 3);
});

test('a tool of the user, as an MCP server', async () => {
  const command = [process.execPath, `${FOLDER}tool.mjs`] as const;
  const server = createMcpServer({ name: 'dice', command, allow: { roll: 'reads' } }, systemClock);
  const [roll] = await server.tools();
  const context = { device: defaultProfile('kitchen'), turnId: 'turn', nowMs: 0, signal };
  const thrown = Number(await roll?.call({ sides: 4 }, context));
  assert.ok(thrown >= 1 && thrown <= 4, `${thrown}`);
  await server.close();
});
