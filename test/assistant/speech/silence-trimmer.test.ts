import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  createLeadingSilence,
  createSilenceTrimmer,
} from '../../../actors/assistant/speech/encoding/silence-trimmer.ts';
import fc from '../../support/fast-check.ts';

const MS = 16;
const of = (ms: number, value: number) => new Int16Array(ms * MS).fill(value);
const joined = (...parts: Int16Array[]) => Int16Array.from(parts.flatMap((part) => [...part]));

function trimmed(parts: readonly Int16Array[], sampleRateHz?: number): Int16Array {
  const trimmer = createSilenceTrimmer(sampleRateHz);
  return joined(...parts.map((part) => trimmer.push(part)));
}

describe('the silence before the first word', () => {
  test('all but 5 ms of it is left out, also the noise of a recording', () => {
    assert.equal(trimmed([of(170, 0), of(30, 5_000)]).length, 35 * MS);
    assert.equal(trimmed([of(250, 60), of(30, -5_000)]).length, 35 * MS);
  });

  test('a soft beginning stays, 40 ms of it at most', () => {
    assert.equal(trimmed([of(170, 0), of(25, 100), of(30, 5_000)]).length, 60 * MS);
    assert.equal(trimmed([of(170, 0), of(90, 100), of(30, 5_000)]).length, 75 * MS);
  });

  test('speech that begins at once stays as it is; so does what comes later', () => {
    const speech = joined(of(10, 5_000), of(300, 0), of(10, 5_000));
    assert.deepEqual(trimmed([speech]), speech);
  });

  test('nothing but silence is nothing', () => {
    assert.equal(trimmed([of(100, 0), of(500, 66)]).length, 0);
  });

  test('pieces of any length: the same samples, and what is left out is known to who does not see them', () => {
    const samples = fc.array(
      fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -66, max: 66 }) }, fc.integer({ min: -250, max: 250 })),
      {
        maxLength: 3_000,
        size: 'max',
      },
    );
    fc.assert(
      fc.property(
        samples,
        fc.integer({ min: 1, max: 700 }),
        fc.constantFrom(8_000, 16_000, 24_000),
        (all, piece, sampleRateHz) => {
          const speech = Int16Array.from(all);
          const pieces = Array.from({ length: Math.ceil(speech.length / piece) }, (_, i) =>
            speech.slice(i * piece, (i + 1) * piece),
          );
          const kept = trimmed(pieces, sampleRateHz);
          assert.deepEqual(kept, trimmed([speech], sampleRateHz));
          assert.deepEqual(kept, speech.slice(speech.length - kept.length));
          if (kept.length === 0) return;
          const silence = createLeadingSilence();
          for (const each of pieces) silence.add({ samples: each, sampleRateHz });
          assert.equal(silence.leftOutMs(), ((speech.length - kept.length) * 1_000) / sampleRateHz);
        },
      ),
    );
  });
});
