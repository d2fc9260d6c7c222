/**
 * The real voice detector in its thread: speech, the pause after it, and noises that are no speech.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createEndpointing, type Endpointing } from '../../../actors/assistant/endpointing/endpointing.ts';
import { openEndpointing } from '../../../actors/assistant/endpointing/open-endpointing.ts';
import { WAITS_MS } from '../../../actors/assistant/endpointing/openness.ts';
import { createOpusEncoder } from '../../../actors/codec/opus.ts';
import { createLog } from '../../../src/core/log/create-log.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { RECOMMENDED_FRAME_SIZE } from '../../../src/protocol/format.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';
import { testModel } from '../../support/models.ts';
import { readSamples, SHORT_SPEECH } from '../../support/speech.ts';

const MS = 16;

let endpointing: Endpointing;
let nowMs = 0;
before(async () => {
  const { model } = await testModel('silero-vad');
  endpointing = createEndpointing({ model, clock: { ...systemClock, now: () => nowMs }, log: silentLog });
});
after(() => endpointing.close());

const noise = (ms: number, amplitude: number) => {
  const random = createRandom(7);
  return Int16Array.from({ length: ms * MS }, () => (random() - 0.5) * 2 * amplitude);
};
/** A door slams: a burst that fades within 200 ms. */
const slam = () => noise(800, 12_000).map((sample, i) => sample * Math.exp(-i / (40 * MS)));

interface Options {
  device?: string;
  /** From the utterance before. */
  apartMs?: number;
  knowsWords?: boolean;
  signal?: AbortSignal;
}

function begin(parts: readonly Int16Array[], options: Options = {}) {
  const { device = 'kitchen', apartMs = 10_000, knowsWords = true, signal = new AbortController().signal } = options;
  nowMs += apartMs;
  const told: string[] = [];
  const holdsMs: number[] = [];
  let decide = () => {};
  const decided = new Promise<void>((resolve) => {
    decide = resolve;
  });
  const utterance = endpointing.begin({
    ...{ device, patience: 'normal', knowsWords, signal },
    onHold(holdMs, waitFactor) {
      told.push(waitFactor === 1 ? 'hold' : `hold × ${waitFactor}`);
      holdsMs.push(holdMs);
      decide();
    },
    onUtteranceEnd(reason) {
      told.push(reason);
      decide();
    },
  });
  const encoder = createOpusEncoder();
  for (const samples of parts) {
    const frames: Uint8Array[] = [];
    for (let at = 0; at + RECOMMENDED_FRAME_SIZE <= samples.length; at += RECOMMENDED_FRAME_SIZE) {
      frames.push(encoder.encode(samples.slice(at, at + RECOMMENDED_FRAME_SIZE)));
    }
    utterance.push(frames, 0);
  }
  return { told, holdsMs, decided, finish: utterance.finish };
}

async function listenTo(parts: readonly Int16Array[], options?: Options) {
  const { told, holdsMs, finish } = begin(parts, options);
  return { told, holdsMs, hasSpeech: await finish() };
}

describe('somebody', () => {
  test('speaks: a pause is held, a long one is the end', async () => {
    const speech = readSamples(SHORT_SPEECH);
    const before = endpointing.counts();
    for (const [pauseMs, expected] of [
      [400, 'hold'],
      [2_000, 'finished'],
    ] as const) {
      const { told, hasSpeech } = await listenTo([noise(300, 30), speech, noise(pauseMs, 30)]);
      assert.equal(hasSpeech, true);
      assert.deepEqual(told, [expected]);
    }
    const { utterances, ended, holds, falseStarts } = endpointing.counts();
    const told = [utterances - before.utterances, ended - before.ended, holds - before.holds, falseStarts];
    assert.deepEqual(told, [2, 1, 1, before.falseStarts]);
  });

  test('goes on right after an end: the waits are longer in the rest, and that is counted', async () => {
    const { continued } = endpointing.counts();
    const device = 'bath';
    const speech = readSamples(SHORT_SPEECH);
    const paused = [noise(300, 30), speech, noise(400, 30)];
    const ended = [noise(300, 30), speech, noise(2_000, 30)];
    // FINAL of an utterance that was ended here is not told.
    await begin(ended, { device }).decided;
    await listenTo([noise(1_000, 30)], { device, apartMs: 500 });
    assert.equal(endpointing.counts().continued, continued, 'a noise is no rest of a sentence');
    const rest = await listenTo(paused, { device, apartMs: 500 });
    assert.deepEqual(rest.told, ['hold × 1.25']);
    const [usualMs = 0] = (await listenTo(paused, { device: 'hall' })).holdsMs;
    assert.equal(Math.round((rest.holdsMs[0] ?? 0) - usualMs), WAITS_MS.normal.undecided / 4);
    await begin(ended, { device }).decided;
    assert.deepEqual((await listenTo(ended, { device, apartMs: 500 })).told, ['finished']);
    assert.equal(endpointing.counts().continued, continued + 2);
  });

  test('goes on after an end again and again: the waits are longer', async () => {
    const device = 'cellar';
    const speech = [noise(300, 30), readSamples(SHORT_SPEECH), noise(400, 30)];
    for (let i = 0; i < 2; i++) {
      await listenTo(speech, { device });
      await listenTo(speech, { device, apartMs: 500 });
    }
    assert.deepEqual((await listenTo(speech, { device })).told, ['hold × 1.2125']);
  });

  test('is aborted: nothing is learnt of it', async () => {
    const device = 'attic';
    const abort = new AbortController();
    const paused = [noise(300, 30), readSamples(SHORT_SPEECH), noise(400, 30)];
    const aborted = begin(paused, { device, signal: abort.signal });
    await aborted.decided;
    abort.abort();
    await aborted.finish();
    assert.deepEqual((await listenTo(paused, { device, apartMs: 500 })).told, ['hold']);
  });

  test('does not speak: noise, a slam, silence; and what was sent is counted', async () => {
    const before = endpointing.counts();
    for (const sound of [noise(1_200, 3_000), slam(), new Int16Array(1_000 * MS)]) {
      const { told, hasSpeech } = await listenTo([noise(300, 30), sound]);
      assert.equal(hasSpeech, false);
      assert.deepEqual(told, []);
    }
    const { told } = await listenTo([noise(5_000, 3_000)]);
    assert.deepEqual(told, ['no-speech']);
    const { falseStarts, falseStartSeconds, falseStartBytes } = endpointing.counts();
    assert.equal(falseStarts - before.falseStarts, 4);
    assert.equal(Math.round(10 * (falseStartSeconds - before.falseStartSeconds)), 89);
    assert.ok(falseStartBytes - before.falseStartBytes > 1_000);
  });
});

test('an utterance that ends early is released, and the next is heard from its beginning', async () => {
  const abort = new AbortController();
  const aborted = endpointing.begin({
    ...{ device: 'kitchen', patience: 'normal', knowsWords: true, signal: abort.signal },
    onHold: () => assert.fail(),
    onUtteranceEnd: () => assert.fail(),
  });
  aborted.push([new Uint8Array([1, 2, 3])], 0);
  abort.abort();
  const { hasSpeech } = await listenTo([noise(500, 30)]);
  assert.equal(hasSpeech, false);
});

test('without its model, or with a damaged one, devices find the end alone', async () => {
  const lines: string[] = [];
  const log = createLog({ level: 'warn', format: 'text', write: (line) => lines.push(line), now: () => 0 });
  assert.equal(await openEndpointing({ modelsFolder: '/nonexistent', clock: systemClock, log }), undefined);
  assert.match(lines.join(), /find the end of speech alone/);
});
