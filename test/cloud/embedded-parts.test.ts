/**
 * Parts of the embedded cloud's server that need no cloud.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRange } from '../../src/cloud/server/byte-range.ts';
import { functionPath } from '../../src/cloud/server/call-path.ts';
import { canonicalJson } from '../../src/cloud/server/canonical-json.ts';
import { createHeartbeat, VISIT_INTERVAL_MS } from '../../src/cloud/server/heartbeat.ts';
import {
  decodeTimestamp,
  encodeTimestamp,
  inParts,
  supportsChunks,
  transitionMessage,
} from '../../src/cloud/server/transition.ts';
import { unsupported } from '../../src/cloud/server/unsupported.ts';
import { createUploads } from '../../src/cloud/server/uploads.ts';
import { formatText } from '../../src/cloud/server/value-format.ts';
import fc from '../support/fast-check.ts';
import { testClock } from '../support/simulated-clock.ts';

test('an upload needs an address issued within the last hour, and uses it up', () => {
  let now = 0;
  const uploads = createUploads(() => now);
  const token = uploads.announce();
  assert.equal(uploads.take('guessed'), false);
  assert.equal(uploads.take(token), true);
  assert.equal(uploads.take(token), false, 'a second time');
  uploads.giveBack(token);
  assert.equal(uploads.take(token), true, 'after an upload that broke off');
  const late = uploads.announce();
  now = 60 * 60_000;
  assert.equal(uploads.take(late), false);
});

test('ranges of bytes', () => {
  const of = (header: string | undefined, size = 100) => {
    const range = parseRange(header, size);
    return typeof range === 'string' ? range : `${range.first}-${range.last}`;
  };
  assert.equal(of(undefined), 'whole');
  assert.equal(of('bytes=0-0'), '0-0');
  assert.equal(of('bytes=10-'), '10-99');
  assert.equal(of('bytes=10-1000'), '10-99');
  assert.equal(of('bytes=-10'), '90-99');
  assert.equal(of('bytes=-1000'), '0-99');
  assert.equal(of('bytes=100-'), 'unsatisfiable');
  assert.equal(of('bytes=-0'), 'unsatisfiable');
  assert.equal(of('bytes=0-', 0), 'unsatisfiable');
  for (const whole of ['bytes=', 'bytes=-', 'bytes=5-4', 'bytes=0-1,3-4', 'lines=0-1', 'bytes=a-b', 'bytes=1']) {
    assert.equal(of(whole), 'whole', whole);
  }
});

test('a range is within the file, whatever is asked', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), (text, size) => {
      for (const header of [text, `bytes=${text}`, `bytes=${text.length}-${size}`]) {
        const range = parseRange(header, size);
        if (typeof range === 'string') continue;
        assert.ok(range.first >= 0 && range.first <= range.last && range.last < size);
      }
    }),
  );
});

test('equal arguments have one text, different ones have two', () => {
  assert.equal(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true }), '{"a":true,"b":[1,{"c":"x","d":null}]}');
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const [left, right] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))];
      const equal = canonicalJson(left) === canonicalJson(right);
      assert.doesNotThrow(() => (equal ? assert.deepEqual(left, right) : assert.notDeepStrictEqual(left, right)));
      assert.deepEqual(JSON.parse(canonicalJson(left)), left);
    }),
  );
});

test('timestamps are eight bytes, and come back', () => {
  fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (ts) => assert.equal(decodeTimestamp(encodeTimestamp(ts)), ts)));
  for (const none of ['', 'AAAA', 'not base64']) assert.equal(decodeTimestamp(none), undefined);
});

test('a long Transition comes in parts that are put together again, also between the halves of a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.integer({ min: 2, max: 20 }), (text, most) => {
      const parts = inParts(text, true, most);
      if (text.length <= most) return assert.deepEqual(parts, [text]);
      const chunks = parts.map((part) => JSON.parse(part));
      assert.equal(chunks.map(({ chunk }) => chunk).join(''), text);
      assert.deepEqual(
        chunks.map(({ partNumber, totalParts }) => [partNumber, totalParts]),
        chunks.map((_, i) => [i, chunks.length]),
      );
    }),
  );
  assert.deepEqual(inParts('x'.repeat(100), false, 10), ['x'.repeat(100)]);
});

test('clients from 1.28 on get parts', () => {
  for (const version of ['1.28.0', '1.48.0', '2.0.0']) assert.equal(supportsChunks(version), true, version);
  for (const version of ['1.27.9', '0.30.0', '', 'x', '1.28']) assert.equal(supportsChunks(version), false, version);
});

test('a Transition is JSON', () => {
  const text = transitionMessage({
    start: { querySet: 0, identity: 0, ts: 0n },
    end: { querySet: 1, identity: 0, ts: 1n },
    changes: [
      { queryId: 3, answer: { ok: true, body: '"type":"QueryUpdated","value":[1],"logLines":[]', journal: 'j"' } },
    ],
    removed: [4],
    clientClockSkewMs: -5,
  });
  assert.deepEqual(JSON.parse(text), {
    type: 'Transition',
    startVersion: { querySet: 0, identity: 0, ts: 'AAAAAAAAAAA=' },
    endVersion: { querySet: 1, identity: 0, ts: 'AQAAAAAAAAA=' },
    modifications: [
      { type: 'QueryRemoved', queryId: 4 },
      { type: 'QueryUpdated', value: [1], logLines: [], queryId: 3, journal: 'j"' },
    ],
    clientClockSkew: -5,
    serverTs: 1,
  });
});

test('the names by which clients call functions', () => {
  assert.equal(functionPath('turns:list'), 'turns:list');
  assert.equal(functionPath('turns.js:list'), 'turns:list');
  assert.equal(functionPath('folder/turns'), 'folder/turns:default');
  assert.equal(functionPath('turns.js'), 'turns:default');
});

test('the easier format of values', () => {
  const text =
    '{"big":{"$integer":"KgAAAAAAAAA="},"bytes":{"$bytes":"AAE="},"nan":{"$float":"AAAAAAAA+H8="},"x":[1.5,null]}';
  assert.equal(formatText(text, 'encoded'), text);
  assert.deepEqual(JSON.parse(formatText(text, 'clean')), { big: '42', bytes: 'AAE=', nan: 'NaN', x: [1.5, null] });
  assert.equal(formatText('{"plain":1}', 'clean'), '{"plain":1}');
});

test('what the official command line asks and is not there is named', () => {
  const sentence = (path: string) => unsupported(path)?.message ?? '';
  assert.match(sentence('/api/deploy2/start_push'), /convex deploy/);
  assert.match(sentence('/api/export/request/zip'), /earshot cloud export/);
  assert.match(sentence('/api/import/start_upload'), /earshot cloud import/);
  assert.match(sentence('/api/update_environment_variables'), /convex env/);
  assert.match(sentence('/api/stream_function_logs'), /convex logs/);
  assert.equal(unsupported('/api/elsewhere'), undefined);
});

test('each connection is visited once in an interval, with one timer, and none when there is no connection', async () => {
  const clock = testClock();
  const heartbeat = createHeartbeat(clock);
  const visits = Array(40).fill(0);
  const leave = visits.map((_, i) => heartbeat.add(() => visits[i]++));
  const passIntervals = async (intervals: number) => {
    for (let i = 0; i < 15 * intervals; i++) await clock.pass(VISIT_INTERVAL_MS / 15);
  };
  await passIntervals(3);
  assert.deepEqual(visits, Array(40).fill(3));
  for (const each of leave) each();
  await passIntervals(3);
  assert.deepEqual(visits, Array(40).fill(3));
});
