/**
 * A line of the log keeps all of its parts, whatever it is given: an error has a message of its own, and the line has one, too.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EarshotError, errorFields } from '../../src/core/errors.ts';
import { createLog } from '../../src/core/log/log.ts';

function lineOf(format: 'text' | 'json', fields: ReturnType<typeof errorFields>): string {
  const lines: string[] = [];
  const log = createLog({ level: 'info', format, write: (line) => lines.push(line), now: () => 0 });
  log.warn('speaker lost', fields);
  assert.equal(lines.length, 1);
  return lines[0] ?? '';
}

const lost = new EarshotError('actor_crashed', 'The card is gone', 'Plug it in.');

test('JSON says what happened and why', () => {
  assert.deepEqual(JSON.parse(lineOf('json', errorFields(lost))), {
    time: '1970-01-01T00:00:00.000Z',
    level: 'warn',
    message: 'speaker lost',
    code: 'actor_crashed',
    error: 'The card is gone',
    hint: 'Plug it in.',
  });
});

test('text says the same', () => {
  assert.equal(
    lineOf('text', errorFields(lost)),
    '00:00:00.000 warn  speaker lost code=actor_crashed error="The card is gone" hint="Plug it in."',
  );
});

test('what was thrown and is no error of ours says what it is', () => {
  assert.equal(JSON.parse(lineOf('json', errorFields('a string'))).error, 'a string');
});
