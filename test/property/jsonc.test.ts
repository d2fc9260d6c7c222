import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsoncError, parseJsonc } from '../../src/core/files/jsonc.ts';
import fc from '../support/fast-check.ts';

test('reads what JSON.parse reads, as the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      assert.deepEqual(parseJsonc(text).value, JSON.parse(text));
    }),
  );
});

test('any text is a value or a JsoncError with a line of the text', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"',
    '\\',
    '1',
    'true',
    '//',
    '/*',
    '*/',
    '\n',
    ' ',
    'é',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join('')),
      ),
      (text) => {
        try {
          parseJsonc(text);
        } catch (error) {
          assert.ok(error instanceof JsoncError, String(error));
          assert.ok(error.line >= 1 && error.line <= text.split('\n').length);
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('comments and trailing commas are allowed, also in texts that look like them', () => {
  const { value, lineOf } = parseJsonc('// first\n{ "a": [1, 2,], /* two\nlines */ "b": "// not /* a comment",\n}');
  assert.deepEqual(value, { a: [1, 2], b: '// not /* a comment' });
  assert.equal(lineOf(['a', 1]), 2);
  assert.equal(lineOf(['b']), 3);
  assert.equal(lineOf(['b', 'missing']), 3);
});

test('says what is wrong and where', () => {
  const wrong: [text: string, message: RegExp, line: number][] = [
    ['{\n"a": 1\n"b": 2}', /a comma or }/, 3],
    ['{"a": "b', /no closing quote/, 1],
    ['{"a": 1, "a": 2}', /“a” is there twice/, 1],
    ['{} {}', /more after the end/, 1],
    ['\n\n/* open', /this comment has no end/, 3],
    ['', /the file ends/, 1],
    ['['.repeat(100_000), /nested more than 64 deep/, 1],
    ['{a: 1}', /a name in double quotes/, 1],
  ];
  for (const [text, message, line] of wrong) {
    assert.throws(
      () => parseJsonc(text),
      (error) => error instanceof JsoncError && message.test(error.message) && error.line === line,
      text.slice(0, 20),
    );
  }
});

test('a name like __proto__ is only a name', () => {
  const { value } = parseJsonc('{"__proto__": {"a": 1}}');
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.deepEqual(Object.keys(value as object), ['__proto__']);
});
