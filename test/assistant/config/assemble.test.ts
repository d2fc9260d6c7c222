/** What is told when a part of the assistant cannot work: which part it is, and what mends it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { DEFAULT_LIMITS } from '../../../src/core/limits/limits.ts';
import { type Log, relayLog, silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { assembleAssistant } from '../../../src/gateway/assistant/assemble.ts';
import { loadAssistantConfig } from '../../../src/gateway/assistant/config.ts';
import { freePort } from '../../support/free-port.ts';

const FOLDER = fileURLToPath(new URL('../../../examples/assistant/', import.meta.url));

async function assembled(variables: NodeJS.ProcessEnv, log: Log = silentLog) {
  const spec = 'brain=openai,synthesizer=./voice.mjs,transcriber=openai';
  const environment = { HOME: '/nowhere', OPENAI_API_KEY: 'sk-none', ...variables };
  const config = await loadAssistantConfig({ spec, folder: FOLDER, environment });
  return assembleAssistant(config, { clock: systemClock, log, modelsFolder: FOLDER, limits: DEFAULT_LIMITS });
}

test('a server without a model: the part is named, and both ways to set one', () =>
  assert.rejects(assembled({ EARSHOT_BRAIN_URL: 'http://127.0.0.1:9/v1' }), {
    code: 'assistant_config',
    message: 'assistant.brain: No model is set for 127.0.0.1:9',
    hint: /`model` in the configuration file.*EARSHOT_BRAIN_MODEL/,
  }));

test('a part that is not ready is logged with its name', async () => {
  const url = `http://127.0.0.1:${await freePort()}/v1`;
  const lines: unknown[] = [];
  const log = relayLog(({ level, message, fields }) => {
    if (level === 'warn') lines.push([message, fields?.part, fields?.provider]);
  });
  const variables = { OPENAI_BASE_URL: url, EARSHOT_BRAIN_MODEL: 'a', EARSHOT_TRANSCRIBER_MODEL: 'b' };
  const parts = await assembled(variables, log);
  await parts.prepare();
  await parts.close();
  assert.deepEqual(
    lines.sort(),
    ['brain', 'transcriber'].map((part) => ['a part of the assistant is not ready', part, 'openai']),
  );
});
