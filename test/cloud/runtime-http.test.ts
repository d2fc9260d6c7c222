/** HTTP actions: their routes, who calls, and that a failure tells the client nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../src/core/log/log.ts';
import { NOBODY, openFunctions } from '../support/function-runtime.ts';
import { testClock } from '../support/simulated-clock.ts';

const ORIGIN = 'http://127.0.0.1:3211';

test('routes by path, by prefix and by method', async (t) => {
  const { runtime, query } = await openFunctions(t, { clock: testClock() });
  const written = await runtime.httpAction(new Request(`${ORIGIN}/notes`, { method: 'POST', body: 'a text' }), NOBODY);
  assert.equal(written?.status, 201);
  assert.equal(written.headers.get('x-by'), 'notes');
  const { id } = (await written.json()) as { id: string };
  assert.deepEqual(
    ((await query('notes:list')) as { _id: string; text: string }[]).map(({ _id, text }) => [_id, text]),
    [[id, 'a text']],
  );

  const caller = { identity: { tokenIdentifier: 'i|anna', subject: 'anna', issuer: 'i' } };
  const prefixed = await runtime.httpAction(new Request(`${ORIGIN}/who/is/it?x=1`), caller);
  assert.equal(await prefixed?.text(), '/who/is/it anna');
  const head = await runtime.httpAction(new Request(`${ORIGIN}/who/`, { method: 'HEAD' }), NOBODY);
  assert.equal(head?.status, 200);

  assert.equal(runtime.httpAction(new Request(`${ORIGIN}/notes`), NOBODY), undefined);
  assert.equal(runtime.httpAction(new Request(`${ORIGIN}/notes`, { method: 'OPTIONS' }), NOBODY), undefined);
  assert.equal(runtime.httpAction(new Request(`${ORIGIN}/none`), NOBODY), undefined);
});

test('one that fails tells the client a number, and the log the reason', async (t) => {
  const lines: [string, Record<string, unknown>][] = [];
  const log = {
    ...silentLog,
    error: (message: string, fields: object = {}) => void lines.push([message, { ...fields }]),
  };
  const { runtime } = await openFunctions(t, { clock: testClock(), log });
  for (const [path, reason] of [
    ['/fails', 'a secret reason'],
    ['/nothing', 'An HTTP action returns a Response'],
  ]) {
    const response = await runtime.httpAction(new Request(ORIGIN + path), NOBODY);
    assert.equal(response?.status, 500);
    const { code } = (await response.json()) as { code: string };
    const [, fields] = lines.pop() ?? [];
    assert.equal(fields?.error, reason);
    assert.equal(code, `[Request ID: ${fields?.request}] Server Error`);
  }
});
