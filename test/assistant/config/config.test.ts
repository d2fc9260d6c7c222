import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { EarshotError } from '../../../src/core/errors.ts';

import { type AssistantConfig, loadAssistantConfig } from '../../../src/gateway/assistant/config.ts';
import { describeParts, partsInUse } from '../../../src/gateway/assistant/parts-in-use.ts';

let folder: string;
let file: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'earshot-config-'));
  file = join(folder, 'config.jsonc');
});
after(() => rmSync(folder, { recursive: true }));

interface Given {
  spec?: string;
  environment?: NodeJS.ProcessEnv;
  /** The text of the configuration file, or its value. */
  file?: unknown;
}

function load({ spec, environment = {}, file: content }: Given): Promise<AssistantConfig> {
  if (content === undefined) rmSync(file, { force: true });
  else writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return loadAssistantConfig({
    spec,
    environment: { HOME: folder, ...environment },
    folder,
    ...(content !== undefined && { file }),
  });
}

async function refusal(given: Given): Promise<string> {
  try {
    await load(given);
  } catch (error) {
    assert.ok(error instanceof EarshotError, String(error));
    return error.message;
  }
  return assert.fail('it was accepted');
}

const keyFile = (name: string, mode = 0o600) => {
  const path = join(folder, name);
  writeFileSync(path, `key-in-${name}\n`);
  chmodSync(path, mode);
  return path;
};

describe('what is used', () => {
  test('without any configuration the embedded parts', async () => {
    const config = await load({});
    assert.deepEqual(
      [config.transcriber.provider, config.brain.provider, config.synthesizer.provider, config.realtime],
      ['moonshine', 'skills', 'flite', undefined],
    );
    assert.equal(config.brain.fallback, undefined);
  });

  test('the flag before the environment before the file', async () => {
    const file = { assistant: { brain: { provider: './a.mjs', model: 'of the file', voice: 'v' } } };
    const environment = { EARSHOT_ASSISTANT: 'brain=./b.mjs', EARSHOT_BRAIN_MODEL: 'of the environment' };
    const spec = 'brain=./c.mjs';
    const found = async (given: Given) => {
      const { provider, settings } = (await load(given)).brain;
      return [provider.replace(folder, ''), settings.model, settings.voice];
    };
    assert.deepEqual(await found({ file }), ['/a.mjs', 'of the file', 'v']);
    assert.deepEqual(await found({ file, environment: { EARSHOT_BRAIN_MODEL: 'other' } }), ['/a.mjs', 'other', 'v']);
    assert.deepEqual(await found({ file, environment }), ['/b.mjs', 'of the environment', undefined]);
    assert.deepEqual(await found({ file, environment, spec }), ['/c.mjs', 'of the environment', undefined]);
    assert.deepEqual(await found({ file, spec }), ['/c.mjs', undefined, undefined]);
  });

  test('the file of XDG_CONFIG_HOME, or of the home folder; two of them are refused', async () => {
    const home = join(folder, '.config', 'earshot');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'config.json'), '{"assistant": {"brain": "./mine.mjs"}}');
    assert.equal((await load({})).brain.provider, join(home, 'mine.mjs'));
    assert.equal(
      (await load({ environment: { XDG_CONFIG_HOME: join(folder, '.config') } })).file,
      join(home, 'config.json'),
    );
    assert.equal((await load({ environment: { XDG_CONFIG_HOME: join(folder, 'none') } })).file, undefined);
    writeFileSync(join(home, 'config.jsonc'), '{}');
    assert.match(await refusal({}), /There are two files/);
    rmSync(home, { recursive: true });
  });

  test('a name alone chooses each part that has it; the address of a part alone chooses its protocol', async () => {
    const providers = async (given: Given) => {
      const { transcriber, brain, synthesizer } = await load(given);
      return [transcriber, brain, synthesizer].map(({ provider }) => provider);
    };
    assert.deepEqual(await providers({ spec: 'openai' }), ['openai', 'openai', 'openai']);
    assert.deepEqual(await providers({ spec: 'wyoming,home-assistant' }), ['wyoming', 'home-assistant', 'wyoming']);
    assert.deepEqual(await providers({ spec: 'transcriber=moonshine,brain=openai' }), ['moonshine', 'openai', 'flite']);
    const environment = { EARSHOT_BRAIN_URL: 'http://127.0.0.1:1/v1', EARSHOT_SYNTHESIZER_URL: 'tcp://127.0.0.1:1' };
    assert.deepEqual(await providers({ environment }), ['moonshine', 'openai', 'wyoming']);
    assert.equal((await load({ spec: 'openai' })).brain.fallback, 'skills');
    const file = { assistant: { brain: { provider: 'openai', fallback: 'none' } } };
    assert.equal((await load({ file })).brain.fallback, undefined);
  });

  test('embedded as the flag overrides a file', async () => {
    const { brain } = await load({ spec: 'embedded', file: { assistant: { brain: './mine.mjs' } } });
    assert.equal(brain.provider, 'skills');
  });

  test('what is shown has no key and no query of an address', async () => {
    const config = await load({
      file: {
        assistant: {
          brain: { provider: './b.mjs', url: 'http://h:1/v1?key=hidden', model: 'm', keyFile: keyFile('shown') },
        },
      },
    });
    assert.equal(config.brain.settings.key?.(), 'key-in-shown');
    const shown = partsInUse(config);
    assert.deepEqual(shown[1], { part: 'brain', provider: join(folder, 'b.mjs'), url: 'http://h:1/v1', model: 'm' });
    assert.doesNotMatch(JSON.stringify([config, shown, describeParts(shown)]), /key-in-shown/);
    assert.doesNotMatch(describeParts(shown), /hidden/);
  });
});

describe('what is refused, and how', () => {
  const inFile = (assistant: unknown) => refusal({ file: { assistant } });

  test('an unknown setting, with the nearest one, the line and what is allowed', async () => {
    assert.match(
      await inFile({ brian: 'skills' }),
      /config\.jsonc, line 3, assistant\.brian: .*“brain”\? allowed are transcriber, brain/,
    );
    assert.match(
      await inFile({ brain: { provider: 'skills', modle: 'x' } }),
      /line 5, assistant\.brain\.modle: .*“model”/,
    );
  });

  test('wrong values, named by their path, without the value', async () => {
    assert.match(
      await inFile({ brain: { provider: 'skills', url: 'ftp://secret' } }),
      /assistant\.brain\.url: write an address .*http/,
    );
    assert.match(
      await inFile({ brain: { provider: 'skills', url: 'http://me:secret@h/' } }),
      /no name and no password/,
    );
    assert.match(await inFile({ brain: { provider: 'skills', timeoutMs: 5 } }), /timeoutMs: write 100 to 600000/);
    assert.match(await inFile({ brain: 5 }), /assistant\.brain: write the name of a provider, or an object/);
    assert.match(await inFile({ brain: {} }), /assistant\.brain.*: provider is missing/);
    assert.match(await inFile([]), /assistant: write an object/);
    assert.match(await refusal({ file: '{"assistant": {"brain": "skills" "x": 1}}' }), /line 1: expected a comma or }/);
    assert.match(await refusal({ file: '[]' }), /write an object/);
    assert.match(await inFile({ brain: { provider: 'skills', perDeviceAndDay: 1 } }), /a cap needs “prices”/);
  });

  test('a key in the file is refused, and not repeated', async () => {
    const message = await inFile({ brain: { provider: 'skills', apiKey: 'sk-secret' } });
    assert.match(message, /keys do not stand in this file: write keyFile/);
    assert.doesNotMatch(message, /sk-secret/);
    const asVariable = await inFile({ brain: { provider: 'skills', keyVariable: 'sk-secret' } });
    assert.match(asVariable, /the name of an environment variable, not the key itself/);
    assert.doesNotMatch(asVariable, /sk-secret/);
  });

  test('unknown providers, parts and variables, with the nearest name', async () => {
    assert.match(
      await refusal({ spec: 'brain=skils' }),
      /--assistant: there is no brain “skils”; did you mean “skills”/,
    );
    assert.match(await refusal({ spec: 'brian=skills' }), /there is no part “brian”; did you mean “brain”/);
    assert.match(await refusal({ spec: 'embeded' }), /did you mean “embedded”/);
    assert.match(await refusal({ spec: './b.mjs' }), /say which part/);
    assert.match(
      await refusal({ environment: { EARSHOT_ASSISTANT: 'x' } }),
      /^EARSHOT_ASSISTANT: there is no provider/,
    );
    assert.match(await inFile({ brain: 'skils' }), /line 3, assistant\.brain: there is no brain “skils”/);
    assert.match(
      await refusal({ environment: { EARSHOT_BRAIN_MODLE: 'x' } }),
      /EARSHOT_BRAIN_MODLE: did you mean EARSHOT_BRAIN_MODEL\?/,
    );
    assert.match(
      await refusal({ environment: { EARSHOT_BRAIN_URL: 'nowhere' } }),
      /EARSHOT_BRAIN_URL: write an address/,
    );
    assert.doesNotMatch(await refusal({ spec: 'sk-0123456789abcdefghijklmnop' }), /0123456789/);
  });
});

describe('keys', () => {
  const keyOf = async (given: Given) => (await load(given)).brain.settings.key?.();
  const section = (more: object) => ({ assistant: { brain: { provider: './b.mjs', ...more } } });

  test('of the environment, of a file, of a named variable, of systemd', async () => {
    keyFile('relative');
    const credentials = join(folder, 'credentials');
    mkdirSync(credentials);
    writeFileSync(join(credentials, 'brain-key'), 'of systemd\n');
    const file = section({ keyFile: 'relative' });
    assert.equal(await keyOf({ file, environment: { EARSHOT_BRAIN_KEY: 'own' } }), 'own');
    assert.equal(await keyOf({ file }), 'key-in-relative');
    assert.equal(await keyOf({ environment: { EARSHOT_BRAIN_KEY_FILE: 'relative' } }), 'key-in-relative');
    assert.equal(await keyOf({ file: section({ keyVariable: 'GROQ' }), environment: { GROQ: 'groq' } }), 'groq');
    assert.equal(await keyOf({ file: section({}), environment: { CREDENTIALS_DIRECTORY: credentials } }), 'of systemd');
    assert.match(await refusal({ file: section({ keyVariable: 'GROQ' }) }), /has no GROQ/);
  });

  test('the key of OpenAI goes to OpenAI, and to an address of the environment: to no other server', async () => {
    const OPENAI_API_KEY = 'sk-of-openai';
    const brain = (more: object) => ({ assistant: { brain: { provider: 'openai', model: 'm', ...more } } });
    const elsewhere = 'http://127.0.0.1:1/v1';
    assert.equal(await keyOf({ spec: 'openai', environment: { OPENAI_API_KEY } }), OPENAI_API_KEY);
    assert.equal(
      await keyOf({ spec: 'openai', environment: { OPENAI_API_KEY, OPENAI_BASE_URL: elsewhere } }),
      OPENAI_API_KEY,
    );
    assert.equal(await keyOf({ environment: { OPENAI_API_KEY, EARSHOT_BRAIN_URL: elsewhere } }), OPENAI_API_KEY);
    assert.equal(await keyOf({ file: brain({}), environment: { OPENAI_API_KEY } }), OPENAI_API_KEY);
    assert.equal(await keyOf({ file: brain({ url: elsewhere }), environment: { OPENAI_API_KEY } }), undefined);
    const named = brain({ url: elsewhere, keyVariable: 'OPENAI_API_KEY' });
    assert.equal(await keyOf({ file: named, environment: { OPENAI_API_KEY } }), OPENAI_API_KEY);
  });

  test('a file that others can read, that is missing, empty, or no file', async () => {
    for (const mode of [0o640, 0o604, 0o644]) {
      assert.match(
        await refusal({ file: section({ keyFile: keyFile('open', mode) }) }),
        /other users of this machine can read it/,
      );
    }
    writeFileSync(join(folder, 'empty'), '\n', { mode: 0o600 });
    assert.match(await refusal({ file: section({ keyFile: 'empty' }) }), /one line/);
    assert.match(await refusal({ file: section({ keyFile: 'missing' }) }), /There is no file/);
    assert.match(await refusal({ file: section({ keyFile: '.' }) }), /not a file with a key/);
  });
});

describe('tools of MCP servers', () => {
  const mcp = (servers: object) => ({ assistant: { mcp: servers } });

  test('a program or an address, with what each tool may do', async () => {
    const home = {
      command: ['node', 'home.mjs'],
      environment: { LEVEL: '1' },
      allow: { lights: 'changes', unlock: 'asks' },
    };
    const web = { url: 'https://tools.example/mcp', keyVariable: 'WEB_KEY', timeoutMs: 2_000 };
    const config = await load({ file: mcp({ home, web }), environment: { WEB_KEY: ' a key ' } });
    const [first, second] = config.mcp;
    assert.deepEqual(first, { name: 'home', ...home });
    assert.deepEqual([second?.url, second?.key?.(), second?.timeoutMs, second?.allow], [web.url, 'a key', 2_000, {}]);
    assert.deepEqual((await load({})).mcp, []);
  });

  test('what cannot be meant is refused, with its place', async () => {
    assert.match(await refusal({ file: mcp({ home: {} }) }), /assistant\.mcp\.home: write either “command” or “url”/);
    const both = { command: ['x'], url: 'http://127.0.0.1/' };
    assert.match(await refusal({ file: mcp({ home: both }) }), /write either/);
    const effect = { command: ['x'], allow: { unlock: 'always' } };
    assert.match(await refusal({ file: mcp({ home: effect }) }), /allow\.unlock: write “reads”, “changes” or “asks”/);
    assert.match(await refusal({ file: mcp({ 'My Home': { command: ['x'] } }) }), /the name of a server has a–z/);
    const open = { url: 'http://127.0.0.1/', keyFile: keyFile('open-mcp', 0o644) };
    assert.match(await refusal({ file: mcp({ home: open }) }), /other users of this machine can read it/);
  });
});
