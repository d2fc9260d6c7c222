/**
 * The lint rules that keep all code of an actor in its scope: each rule finds its violation.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'earshot-lint-'));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'actors'));
cpSync(join(root, 'deploy/lint'), join(folder, 'deploy/lint'), { recursive: true });
cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));

function lint(statement: string): string {
  const types = 'emitter: NodeJS.EventEmitter, channel: { receive(f: () => void): void }, work: () => Promise<void>';
  const scope = 'scope: { guard<F>(f: F): F; receive(c: unknown, f: () => void): void }';
  const code = `export function sample(${types}, ${scope}): void {\n  ${statement}\n  ${'[emitter, channel, work, scope];'}\n}\n`;
  writeFileSync(join(folder, 'actors/sample.ts'), code);
  const biome = join(root, 'node_modules/.bin/biome');
  const { stdout, stderr } = spawnSync(biome, ['lint', 'actors'], { cwd: folder, encoding: 'utf8' });
  return stdout + stderr;
}

const FORBIDDEN: [statement: string, reason: RegExp][] = [
  ["emitter.on('x', () => {});", /a listener must be guarded/],
  ["emitter.once('x', () => {});", /a listener must be guarded/],
  ['channel.receive(() => {});', /a receiver must be attached by its scope/],
  ['void work();', /a promise must be run by its scope/],
  ['work();', /"floating" Promise/],
  ['setTimeout(() => {}, 1);', /a timer is set by the clock of its scope/],
  ['setInterval(() => {}, 1);', /a timer is set by the clock of its scope/],
  ['setImmediate(() => {});', /a timer is set by the clock of its scope/],
  ['queueMicrotask(() => {});', /a promise must be run by its scope/],
];
for (const [statement, reason] of FORBIDDEN) {
  test(`an actor may not contain ${statement}`, () => assert.match(lint(statement), reason));
}

const ALLOWED = [
  "emitter.on('x', scope.guard(() => {}));",
  "const guardedX = scope.guard(() => {}); emitter.on('x', guardedX);",
  'scope.receive(channel, () => {});',
];
for (const statement of ALLOWED) {
  test(`an actor may contain ${statement}`, () => assert.doesNotMatch(lint(statement), /lint\/|plugin|×/));
}
