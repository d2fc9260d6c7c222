import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadAssistantConfig } from '../../src/gateway/assistant/config.ts';

const page = readFileSync(new URL('../../docs/assistant.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, body = '']) => body);

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-docs-'));
  for (const name of ['openai.key', 'home-assistant.key'])
    writeFileSync(join(folder, name), 'a-key\n', { mode: 0o600 });
});
after(() => rmSync(folder, { recursive: true }));

test('each configuration of docs/assistant.md is accepted as it is', async () => {
  assert.ok(blocks.length >= 7, `${blocks.length} configurations`);
  for (const [index, block] of blocks.entries()) {
    const file = join(folder, `config-${index}.jsonc`);
    writeFileSync(file, block);
    const { transcriber, brain, synthesizer, realtime } = await loadAssistantConfig({
      file,
      environment: { GROQ_API_KEY: 'a-key' },
    });
    const parts = [transcriber, brain, synthesizer, ...(realtime ? [realtime] : [])];
    assert.ok(
      parts.some(({ settings }) => settings.url !== undefined || settings.key !== undefined),
      block,
    );
  }
});

test('each setting of the page exists, and each setting is on the page', async () => {
  const file = join(folder, 'unknown.json');
  writeFileSync(file, '{"assistant": {"brain": {"provider": "skills", "zzzzzzzz": 1}}}');
  const refusal = await loadAssistantConfig({ file, environment: {} }).catch((error: Error) => error.message);
  const settings = /allowed are (.*)$/.exec(String(refusal))?.[1]?.split(', ') ?? [];
  assert.ok(settings.length > 8);
  for (const setting of settings) assert.ok(page.includes(`\`${setting}\``), setting);
});
