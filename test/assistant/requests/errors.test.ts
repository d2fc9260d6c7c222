import assert from 'node:assert/strict';
import { test } from 'node:test';
import { badAnswer, httpError, wrongSettings } from '../../../actors/assistant/parts/errors.ts';
import { describeError } from '../../../src/core/errors.ts';

test('each HTTP status has its error; only those that may pass are repeated', () => {
  const found = [301, 400, 401, 403, 404, 408, 429, 500, 503].map((status) => {
    const { code, isRetryable } = httpError('peer', status);
    return `${status} ${code}${isRetryable ? ' retry' : ''}`;
  });
  assert.deepEqual(found, [
    '301 assistant_refused',
    '400 assistant_refused',
    '401 assistant_key_refused',
    '403 assistant_key_refused',
    '404 assistant_refused',
    '408 assistant_failed retry',
    '429 assistant_rate_limited retry',
    '500 assistant_failed retry',
    '503 assistant_failed retry',
  ]);
});

test('of what a provider says only known reasons are repeated: it may quote the key or the person', () => {
  assert.match(httpError('peer', 404, { type: 'model_not_found' }).message, /no such model/);
  for (const status of [400, 401, 404, 429, 500]) {
    const error = httpError('peer', status, { type: 'sk-secret what is the time' });
    assert.doesNotMatch(describeError(error), /secret|time\?/);
  }
});

test('an error says what happened and what to do', () => {
  assert.equal(
    describeError(badAnswer('peer', 'it is empty')),
    'The answer of peer is not usable: it is empty. Check that its URL is that of such a server, and its log.',
  );
  assert.equal(describeError(wrongSettings('No URL', 'Set one.')), 'No URL. Set one.');
});
