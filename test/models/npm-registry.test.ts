/**
 * The registry is the one of npm's configuration, with npm's order of precedence.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tarballAddress } from '../../src/models/npm-registry.ts';
import { inTemporaryFolder } from '../support/cli.ts';

/** How .npmrc names a variable of the environment. */
const variable = (name: string) => `$\{${name}}`;

/** `folder` has a project and a home. */
function inSurroundings(work: (project: string, home: string, environment: NodeJS.ProcessEnv) => void): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    const [project, home] = [join(folder, 'project'), join(folder, 'home')];
    mkdirSync(project);
    mkdirSync(home);
    const nowhere = join(folder, 'none');
    work(project, home, { PATH: process.env.PATH, HOME: home, npm_config_globalconfig: nowhere });
  });
}

test('without a configuration it is the public one', () =>
  inSurroundings((folder, _, environment) => {
    const at = (name: string) => tarballAddress(name, '1.2.3', { environment, folder });
    assert.deepEqual(at('plain'), { url: 'https://registry.npmjs.org/plain/-/plain-1.2.3.tgz', headers: {} });
    assert.equal(at('@scope/part').url, 'https://registry.npmjs.org/@scope/part/-/part-1.2.3.tgz');
  }));

test("environment, project, user: as npm's own answer", () =>
  inSurroundings((folder, home, environment) => {
    const check = (expected: string, env = environment) => {
      const { url } = tarballAddress('plain', '1.0.0', { environment: env, folder });
      const npm = execFileSync('npm', ['config', 'get', 'registry'], { cwd: folder, env, encoding: 'utf8' }).trim();
      assert.equal(npm, expected);
      assert.equal(url, `${expected.replace(/\/?$/, '/')}plain/-/plain-1.0.0.tgz`);
    };
    writeFileSync(join(home, '.npmrc'), '; a comment\nregistry = https://user.example/npm\n');
    check('https://user.example/npm');
    writeFileSync(join(folder, 'package.json'), '{}');
    writeFileSync(join(folder, '.npmrc'), `# a comment\nregistry=https://${variable('WHO')}.example/\n`);
    check('https://project.example/', { ...environment, WHO: 'project' });
    check('http://127.0.0.1:4873/', { ...environment, WHO: 'project', npm_config_registry: 'http://127.0.0.1:4873/' });
  }));

test('a scope may have its own registry, and a registry its key', () =>
  inSurroundings((folder, home, environment) => {
    const lines = ['@scope:registry=https://own.example/', `//own.example/:_authToken="${variable('KEY')}"`];
    writeFileSync(join(home, '.npmrc'), lines.join('\n'));
    const at = (name: string) => tarballAddress(name, '1.0.0', { environment: { ...environment, KEY: 'abc' }, folder });
    assert.deepEqual(at('@scope/part'), {
      url: 'https://own.example/@scope/part/-/part-1.0.0.tgz',
      headers: { authorization: 'Bearer abc' },
    });
    assert.deepEqual(at('plain').headers, {}, 'a key goes to its own registry only');
  }));
