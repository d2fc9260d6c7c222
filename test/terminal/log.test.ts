/**
 * A line of the log keeps all of its fields: also where an error has a message and the line has one, too.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EarshotError, errorFields } from '../../src/core/errors.ts';
import { createLog } from '../../src/core/log/create-log.ts';

function lineOf(format: 'text' | 'json', fields: ReturnType<typeof errorFields>): string {
  const lines: string[] = [];
  const log = createLog({ level: 'info', format, write: (line) => lines.push(line), now: () => 0 });
  log.warn('speaker lost', fields);
  assert.equal(lines.length, 1);
  return lines[0] ?? '';
}

const lost = new EarshotError('actor_crashed', 'The card is gone', 'Plug it in.');

test('JSON has the message and the error', () => {
  assert.deepEqual(JSON.parse(lineOf('json', errorFields(lost))), {
    time: '1970-01-01T00:00:00.000Z',
    level: 'warn',
    event: 'speaker.lost',
    message: 'speaker lost',
    code: 'actor_crashed',
    error: 'The card is gone',
    hint: 'Plug it in.',
  });
});

test('text has the same', () => {
  assert.equal(
    lineOf('text', errorFields(lost)),
    '00:00:00.000 warn  speaker lost code=actor_crashed error="The card is gone" hint="Plug it in."',
  );
});

test('a thrown value that is not an EarshotError is described', () => {
  assert.equal(JSON.parse(lineOf('json', errorFields('a string'))).error, 'a string');
});
