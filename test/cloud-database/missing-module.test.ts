import assert from 'node:assert/strict';
import { register } from 'node:module';
import { test } from 'node:test';
import { EarshotError } from '../../src/core/errors.ts';
import { testDatabase } from './open.ts';

/** As npm leaves it with --omit=optional, or where it could not be compiled. */
const HOOKS = `export async function resolve(specifier, context, next) {
  if (specifier.startsWith('better-sqlite3')) throw new Error("Cannot find package 'better-sqlite3'");
  return await next(specifier, context);
}`;

test('without better-sqlite3 an error says what to do', async (t) => {
  register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
  await assert.rejects(testDatabase(t), (error) => {
    assert.ok(error instanceof EarshotError);
    assert.equal(error.code, 'cloud_unavailable');
    assert.match(error.message, /needs better-sqlite3, which cannot be loaded/);
    assert.match(error.hint, /npm install/);
    return true;
  });
});
