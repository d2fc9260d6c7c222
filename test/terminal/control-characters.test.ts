/**
 * External text is printed as text on terminals and in logs: any name of a device takes one line and sends no control characters.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createLog } from '../../src/core/log/create-log.ts';
import type { AnyLog } from '../../src/core/log/log.ts';
import { printable } from '../../src/core/log/printable.ts';
import fc from '../support/fast-check.ts';

const HOSTILE = 'kitchen\nerror forged\r\u001b[2J\u009b1A\u007f\u2028\u2029\u202e\u2066\u200f\t';
const SHOWN = 'kitchen\\nerror forged\\r\\u001b[2J\\u009b1A\\u007f\\u2028\\u2029\\u202e\\u2066\\u200f\\t';
// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not get through
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

const folder = mkdtempSync(join(tmpdir(), 'earshot-test-output-'));
const files = { result: join(folder, 'result'), messages: join(folder, 'messages') };
process.env.EARSHOT_STDOUT = String(openSync(files.result, 'w'));
process.env.EARSHOT_STDERR = String(openSync(files.messages, 'w'));
const { printJson, printLine, printMessage, reprintLines, showStatus } = await import(
  '../../src/cli/terminal/output.ts'
);
after(() => rmSync(folder, { recursive: true, force: true }));

test('control characters are shown as JSON escapes; everything else is unchanged', () => {
  assert.equal(printable(HOSTILE), SHOWN);
  for (const text of ['Küche', '„Wohnzimmer“ – 日本語', '👩‍🍳 עברית', 'a\\b']) assert.equal(printable(text), text);
});

test('for any text, no control character is left, and JSON keeps its value', () => {
  const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...HOSTILE, '"', '\\') }));
  fc.assert(fc.property(anyText, (text) => !CONTROLS.test(printable(text))));
  fc.assert(fc.property(anyText, (text) => JSON.parse(printable(JSON.stringify({ text }))).text === text));
});

for (const format of ['text', 'json'] as const) {
  test(`an event is one line of the ${format} log, for any content`, () => {
    const lines: string[] = [];
    const log = createLog({ level: 'info', format, write: (line) => lines.push(line), now: () => 0 });
    (log as AnyLog).info(`from ${HOSTILE}`, { device: HOSTILE, listening: { reason: [HOSTILE] } });
    assert.equal(lines.length, 1);
    assert.doesNotMatch(lines.join(), CONTROLS);
    if (format === 'json') assert.equal(JSON.parse(lines.join()).device, HOSTILE);
  });
}

test('a value cannot imitate another field of the text log', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', format: 'text', write: (line) => lines.push(line), now: () => 0 });
  (log as AnyLog).info('device connected', {
    device: 'x session=forged',
    session: 'a-1',
    turn: '',
    error: undefined,
    count: 3,
  });
  assert.deepEqual(lines, [
    '00:00:00.000 info  device connected device="x session=forged" session=a-1 turn="" count=3',
  ]);
});

test('each output is one line, in results, messages and the status line', () => {
  printLine(HOSTILE);
  printLine(['row  ', { colour: 'red', text: HOSTILE }]);
  printJson({ name: HOSTILE });
  reprintLines([HOSTILE, HOSTILE], 0);
  printMessage(HOSTILE);
  const result = readFileSync(files.result, 'utf8');
  assert.equal(result, `${SHOWN}\nrow  ${SHOWN}\n{"name":"${SHOWN}"}\n${SHOWN}\n${SHOWN}\n`);
  assert.equal(readFileSync(files.messages, 'utf8'), `${SHOWN}\n`);
});

test('a message replaces the status line, which is redrawn below it', () => {
  const before = readFileSync(files.messages, 'utf8').length;
  showStatus(HOSTILE);
  printMessage('a message');
  showStatus(undefined);
  const clear = '\r\u001b[K';
  assert.equal(
    readFileSync(files.messages, 'utf8').slice(before),
    `${clear}${SHOWN}${clear}a message\n${clear}${SHOWN}${clear}`,
  );
});
