/**
 * The writes of a server during one pass over its sockets are batched, one block for each connection in order, and none
 * is lost at the end of a connection.
 */
import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { batchedWrites } from '../../src/server/batched-writes.ts';

/** A connection that records each block that the system gets. */
function connection() {
  const pieces: string[] = [];
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      pieces.push(chunk.toString());
      done();
    },
    writev(chunks, done) {
      pieces.push(chunks.map(({ chunk }) => String(chunk)).join(''));
      done();
    },
  });
  const beforeWrite = batchedWrites(stream);
  const write = (text: string) => {
    beforeWrite(text.length);
    stream.write(text);
  };
  return { stream, pieces, write };
}

const pass = () => new Promise((resolve) => setImmediate(resolve));

test('messages of one pass are one block for each connection, in order', async () => {
  const [one, two] = [connection(), connection()];
  one.write('a');
  two.write('b');
  one.write('c');
  // Also writes of another callback in the same pass.
  await Promise.resolve();
  one.write('d');
  assert.deepEqual([one.pieces, two.pieces], [[], []]);
  await pass();
  assert.deepEqual([one.pieces, two.pieces], [['acd'], ['b']]);
  one.write('e');
  await pass();
  assert.deepEqual(one.pieces, ['acd', 'e']);
});

test('a large write does not wait, and includes what waited before it', () => {
  const { pieces, write } = connection();
  write('a');
  write('b'.repeat(10_000));
  assert.equal(pieces.join('').length, 10_001);
  write('c');
  assert.equal(pieces.join('').length, 10_001);
});

test('a connection waits for a limited number of others', () => {
  const many = Array.from({ length: 200 }, connection);
  for (const { write } of many) write('a');
  const written = many.filter(({ pieces }) => pieces.length > 0).length;
  assert.ok(written >= 200 - 64, `${written} of 200 were written`);
});

test('pending writes of an ended connection are sent; a destroyed one does not affect others', async () => {
  const [ended, destroyed, other] = [connection(), connection(), connection()];
  for (const { write } of [ended, destroyed, other]) write('a');
  ended.stream.end('z');
  destroyed.stream.destroy();
  await pass();
  assert.equal(ended.pieces.join(''), 'az');
  assert.deepEqual([destroyed.pieces, other.pieces], [[], ['a']]);
});
