/** The installation step that repairs naudiodon, with a replacement for the package and for npm. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

interface Options {
  root: string;
  arch: string;
  platform: string;
  libraries?: string;
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
}
const script = new URL('../../deploy/mend-sound.mjs', import.meta.url).href;
const { mendSound } = (await import(script)) as { mendSound: (options: Options) => string };

/**
 * Replaces both npm and node-gyp: `pack` copies the archive; `rebuild` creates a binding that loads if the library was
 * installed before, like the real build.
 */
const TOOL = `
const { copyFileSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const [command, , , scratch] = process.argv.slice(2);
if (command === 'pack') copyFileSync(process.env.ARCHIVE, scratch + '/naudiodon.tgz');
if (command === 'rebuild') {
  if (readFileSync('portaudio/bin/libportaudio.so.2', 'utf8') !== 'for arm64') {
    console.error('libportaudio.so.2: file in wrong format');
    process.exit(1);
  }
  mkdirSync('build/Release', { recursive: true });
  writeFileSync('build/Release/naudiodon.node', 'not really');
}
`;

describe('repairing naudiodon', () => {
  let root: string;
  let said: string[];
  let options: Options;
  const folder = () => join(root, 'node_modules', 'naudiodon');
  const put = (path: string, content: string) => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  const mend = (change: Partial<Options> = {}) => mendSound({ ...options, ...change });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'earshot-mend-'));
    said = [];
    put('tool.cjs', TOOL);
    put('lib/libportaudio.so.2', 'for arm64');
    put('package/binding.gyp', '{}');
    put('package/portaudio/bin/libportaudio.so.2', 'for x64');
    const archive = join(root, 'archive.tgz');
    execFileSync('tar', ['-czf', archive, '-C', root, 'package']);
    const integrity = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
    put('package.json', JSON.stringify({ optionalDependencies: { naudiodon: '1.2.3' } }));
    put('package-lock.json', JSON.stringify({ packages: { 'node_modules/naudiodon': { integrity } } }));
    mkdirSync(join(root, 'node_modules'));
    const tool = join(root, 'tool.cjs');
    options = {
      root,
      arch: 'arm64',
      platform: 'linux',
      libraries: join(root, 'lib'),
      env: { ...process.env, npm_config_omit: '', npm_execpath: tool, npm_config_node_gyp: tool, ARCHIVE: archive },
      say: (line) => said.push(line),
    };
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('downloads the package, installs the library and builds', () => {
    // The replacement's binding is invalid, so the last check fails, and reports that it was built.
    assert.equal(mend(), 'broken');
    assert.match(said.join('\n'), /Building.*arm64.*\n.*(invalid ELF header|file too short)/);
    assert.equal(existsSync(folder()), false, 'a binding that does not work remains');
  });

  it('uses the installed package', () => {
    put('node_modules/naudiodon/binding.gyp', '{}');
    put('node_modules/naudiodon/portaudio/bin/libportaudio.so.2', 'for x64');
    mend({ env: { ...options.env, ARCHIVE: '/nonexistent' } });
    assert.match(said.join('\n'), /invalid ELF header|file too short/);
    assert.ok(existsSync(join(folder(), 'build', 'Release', 'naudiodon.node')));
  });

  it('reports the output of a failed build', () => {
    writeFileSync(join(root, 'lib/libportaudio.so.2'), 'for x64');
    assert.equal(mend(), 'broken');
    const log = /see (.*\.log)/.exec(said.join('\n'))?.[1] ?? '';
    assert.match(readFileSync(log, 'utf8'), /wrong format/);
  });

  it('refuses another package than the locked one', () => {
    put('package-lock.json', JSON.stringify({ packages: { 'node_modules/naudiodon': { integrity: 'sha512-x' } } }));
    assert.equal(mend(), 'broken');
    assert.match(said.join('\n'), /package-lock/);
  });

  it('reports in one line what to install', () => {
    assert.equal(mend({ libraries: join(root, 'nowhere') }), 'broken');
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /libportaudio.so.2 is missing. Run: apt-get install .*libportaudio2/);
    said = [];
    assert.equal(mend({ env: { ...options.env, npm_execpath: join(root, 'missing.cjs') } }), 'broken');
    assert.equal(said.length, 1);
  });

  it('does nothing when optional packages are omitted', () => {
    assert.equal(mend({ env: { ...options.env, npm_config_omit: 'dev optional' } }), 'not wanted');
    assert.deepEqual(said, []);
  });
});

it('a working binding is not touched, without output', () => {
  const root = new URL('../..', import.meta.url).pathname;
  const said: string[] = [];
  const result = mendSound({
    root,
    arch: process.arch,
    platform: 'linux',
    env: { npm_config_omit: 'optional' },
    say: (line) => said.push(line),
  });
  assert.ok(result === 'works' || result === 'not wanted');
  assert.deepEqual(said, []);
});
