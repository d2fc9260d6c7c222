/** WAV files as speakers. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { WavSink } from '../../actors/sound/wav-sink.ts';
import { wavSpeaker } from '../../actors/sound/wav-speaker.ts';
import { EarshotError } from '../../src/core/errors.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';
import { speak } from './simulated.ts';
import { testFolder } from './wav-files.ts';

const folder = testFolder();
const speech = readSamples(SHORT_SPEECH);

describe('a WAV file as a speaker', () => {
  it('stores what it is given, sample for sample', async () => {
    const path = join(folder, 'kept.wav');
    const { clock, speaker } = await speak(wavSpeaker(path), speech);
    for (let ms = 0; ms < 3_130; ms += 10) clock.increment(10);
    speaker.close();
    const written = readSamples(path);
    assert.deepEqual(written.subarray(0, speech.length), speech);
    // The first block is requested at once.
    assert.equal(written.length, 3_140 * 16);
    assert.equal(statSync(path).size, 44 + written.length * 2);
    assert.equal(readFileSync(path).readUInt32LE(4), 36 + written.length * 2);
  });

  it('can be played at any moment, half a second behind at most', async () => {
    const path = join(folder, 'killed.wav');
    const { clock, speaker } = await speak(wavSpeaker(path), speech);
    for (let ms = 0; ms <= 2_000; ms += 10) {
      const written = readSamples(path);
      assert.ok(written.length / 16 >= ms - 510, `${written.length / 16} ms at ${ms} ms`);
      assert.deepEqual(written, speech.subarray(0, written.length));
      assert.equal(readFileSync(path).readUInt32LE(40), written.length * 2);
      clock.increment(10);
    }
    speaker.close();
  });

  it('demands 10 ms every 10 ms, catches up after a short stall, and skips a long one', async () => {
    const { clock, demands, speaker } = await speak(wavSpeaker(join(folder, 'paced.wav')));
    assert.equal(demands.length, 0, 'asked before it was open');
    for (let i = 0; i < 20; i++) clock.increment(10);
    assert.deepEqual(
      demands.slice(1),
      Array.from({ length: 20 }, (_, i) => (i + 1) * 10),
    );
    clock.increment(300);
    assert.equal(demands.length, 51);
    clock.increment(60_000);
    assert.equal(demands.length, 52);
    clock.increment(10);
    assert.equal(demands.length, 53);
    speaker.close();
    clock.increment(100);
    assert.equal(demands.length, 53);
  });

  it('begins with the first content', async () => {
    const path = join(folder, 'late.wav');
    let asked = 0;
    const speaking = await speak((handlers, scope) =>
      wavSpeaker(path)(
        {
          ...handlers,
          onDemand(block) {
            asked += 1;
            if (asked >= 30) block[159] = asked;
            return block.length;
          },
        },
        scope,
      ),
    );
    speaking.clock.increment(0);
    speaking.clock.increment(400);
    speaking.speaker.close();
    const samples = readSamples(path);
    assert.equal(samples.length, (asked - 29) * 160);
    assert.equal(samples[159], 30);
  });

  it('may be closed twice, and during a demand', async () => {
    const path = join(folder, 'closed.wav');
    let asked = 0;
    const speaking = await speak((handlers, scope) =>
      wavSpeaker(path)(
        {
          ...handlers,
          onDemand(block, dueAtMs) {
            handlers.onDemand(block, dueAtMs);
            block[0] = 1;
            // The write that would complete the half second.
            if (++asked === 50) speaking.speaker.close();
            return block.length;
          },
        },
        scope,
      ),
    );
    speaking.clock.increment(0);
    speaking.clock.increment(900);
    speaking.speaker.close();
    speaking.clock.increment(900);
    assert.deepEqual([asked, speaking.lost], [50, []]);
    assert.equal(readSamples(path).length, 49 * 160);
  });

  it('waits for a reader that is slower than real time, and fails with one that reads nothing', async () => {
    const written: number[] = [];
    let ready = true;
    const slow: WavSink = {
      staysOpen: true,
      latencyMs: 10,
      isReady: () => ready,
      write: (samples) => void written.push(samples[0] ?? 0),
      flush() {},
      close() {},
    };
    const { clock, demands, lost } = await speak(
      wavSpeaker('-', () => slow),
      Int16Array.from({ length: 16_000 }, (_, i) => i),
    );
    clock.increment(40);
    ready = false;
    for (let ms = 0; ms < 5_000; ms += 10) clock.increment(10);
    assert.equal(demands.length, 5);
    ready = true;
    clock.increment(20);
    assert.deepEqual(written, [0, 160, 320, 480, 640, 800, 960]);
    ready = false;
    for (let ms = 0; ms < 8_500; ms += 10) clock.increment(10);
    assert.equal(lost.length, 1);
    assert.match(String(lost[0]), /standard output cannot be written: its reader does not read/);
  });

  const places: [what: string, path: () => string, reason: RegExp][] = [
    ['in a missing folder', () => join(folder, 'missing', 'x.wav'), /folder does not exist/],
    ['in place of a folder', () => folder, /directory/],
    ['on a full disk', () => '/dev/full', /disk is full/],
    ['to a pipe', () => pipe(), /pipe/],
  ];
  const pipe = (): string => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    return join(folder, 'pipe');
  };
  for (const [what, place, reason] of places) {
    it(`${what} is an error with the reason`, async () => {
      const path = place();
      await assert.rejects(speak(wavSpeaker(path)), (error) => {
        assert.ok(error instanceof EarshotError, String(error));
        assert.equal(error.code, 'file_unwritable');
        assert.match(error.message, reason);
        assert.ok(error.message.includes(path) && error.hint.length > 0);
        return true;
      });
    });
  }
});
