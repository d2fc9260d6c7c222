/** A reply that is paused because a person may be speaking, and continues where it was. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdaptiveJitterBuffer } from '../../actors/playback/adaptive/adaptive.ts';
import { DelayManager } from '../../actors/playback/adaptive/delay-manager.ts';
import { createFixedJitterBuffer } from '../../actors/playback/fixed.ts';
import type { FrameDecoder, JitterBuffer } from '../../actors/playback/jitter-buffer.ts';
import { PAUSE_FADE_SAMPLES } from '../../actors/playback/pause.ts';
import { definePlayer } from '../../actors/playback/player.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import type { DownlinkPacket } from '../../src/core/actor/data-plane.ts';
import { FRAME_MS } from '../../src/protocol/format.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import { fakeSpeaker, UNPLUGGED } from '../support/fake-sound.ts';
import fc from '../support/fast-check.ts';
import { assertIdentity, packet, toneDecoder } from '../support/packets.ts';
import { settle, startActor } from '../support/run-actor.ts';

/** What the gateway sends ahead of real time. */
const SENT_AHEAD_MS = 600;

type CreateBuffer = (decoder: FrameDecoder, delayManager: DelayManager) => JitterBuffer;
const BUFFERS: Record<string, CreateBuffer> = {
  fixed: (decoder) => createFixedJitterBuffer(decoder, { minChunks: 3 }),
  live: (decoder, delayManager) => createAdaptiveJitterBuffer(decoder, { mode: 'live', delayManager }),
  reply: (decoder, delayManager) => createAdaptiveJitterBuffer(decoder, { mode: 'reply', delayManager }),
};

async function player(create: CreateBuffer = BUFFERS.reply as CreateBuffer) {
  const speaker = fakeSpeaker();
  const downlink = createChannel<DownlinkPacket>({ name: 'downlink', limit: 50, whenFull: 'drop-oldest' });
  const delayManager = new DelayManager();
  const pulled: number[] = [];
  let buffer: JitterBuffer | undefined;
  const actor = startActor(
    definePlayer({
      openSpeaker: speaker.open,
      createDecoder: toneDecoder,
      createJitterBuffer(decoder) {
        buffer = create(decoder, delayManager);
        return Object.assign(Object.create(buffer), {
          pull(out: Int16Array, dueMs: number, nowMs: number) {
            const count = (buffer as JitterBuffer).pull(out, dueMs, nowMs);
            if (buffer?.state !== 'priming' && buffer?.state !== 'ended') pulled.push(...out.subarray(0, count));
            return count;
          },
          push: (...given: Parameters<JitterBuffer['push']>) => buffer?.push(...given),
          stats: () => (buffer as JitterBuffer).stats(),
          isReady: (nowMs: number) => (buffer as JitterBuffer).isReady(nowMs),
          release: () => buffer?.release(),
        });
      },
      downlink,
    }),
  );
  actor.send({ type: 'player.open', turn: 1, minChunks: 3 });
  await settle();
  return {
    ...{ actor, speaker, pulled, delayManager },
    stats: () => (buffer as JitterBuffer).stats(),
    check: () => assertIdentity(buffer as JitterBuffer),
    arrive: (first: number, count: number, final = false) =>
      downlink.send({ turn: 1, arrivedAtMs: actor.clock.now(), bytes: encodePacket(packet(first, count, { final })) }),
    /** The card plays 10 ms. */
    play() {
      const block = speaker.demand();
      actor.clock.increment(10);
      return block;
    },
    last: <Type extends string>(type: Type) => actor.sent.findLast((event) => event.type === type),
  };
}

const isSilent = (block: Int16Array) => block.every((sample) => sample === 0);

interface Sending {
  frames: number;
  framesPerPacket: number;
  /** By packet, above the time at which it is sent. */
  delaysMs: number[];
  pauses: { afterMs: number; forMs: number }[];
}

/** Plays a reply as the gateway sends it, and pauses it. */
async function playReply(create: CreateBuffer, { frames, framesPerPacket, delaysMs, pauses }: Sending) {
  const run = await player(create);
  const edges: { atMs: number; type: 'player.pause' | 'player.resume' }[] = [];
  let edgeAtMs = 0;
  for (const { afterMs, forMs } of pauses) {
    edges.push({ atMs: edgeAtMs + afterMs, type: 'player.pause' });
    edgeAtMs += afterMs + forMs;
    edges.push({ atMs: edgeAtMs, type: 'player.resume' });
  }
  const packets = Array.from({ length: Math.ceil(frames / framesPerPacket) }, (_, i) => i * framesPerPacket);
  // TCP: none overtakes another.
  let lastMs = 0;
  const arrivals = packets.map((first, i) => {
    const sentMs = Math.max(0, first * FRAME_MS - SENT_AHEAD_MS);
    lastMs = Math.max(lastMs, sentMs + (delaysMs[i % Math.max(1, delaysMs.length)] ?? 0));
    return { atMs: lastMs, first };
  });
  let sounded = 0;
  let isPaused = false;
  /** When the fade is over: what is late in its 5 ms is still played, and is an underrun. */
  let underrunsInSilence: number | undefined;
  for (let nowMs = 0; nowMs < 60_000 && !run.last('player.drained'); nowMs += 10) {
    for (let edge = edges[0]; edge && edge.atMs <= nowMs; edge = edges[0]) {
      run.actor.send({ type: edge.type, turn: 1 });
      isPaused = edge.type === 'player.pause';
      underrunsInSilence = undefined;
      edges.shift();
    }
    for (let next = arrivals[0]; next && next.atMs <= nowMs; next = arrivals[0]) {
      const count = Math.min(framesPerPacket, frames - next.first);
      run.arrive(next.first, count, next.first + count === frames);
      arrivals.shift();
    }
    const before = run.pulled.length;
    const block = run.play();
    const isSilence = run.pulled.length === before;
    if (isSilence) assert.ok(isSilent(block), 'silence in the pause');
    sounded += run.pulled.length - before;
    run.check();
    if (!isPaused || !isSilence) continue;
    underrunsInSilence ??= run.stats().underruns;
    assert.equal(run.stats().underruns, underrunsInSilence, 'a pause counts no underrun');
  }
  assert.ok(run.last('player.drained'), 'it was played to its end');
  return { ...run, sounded };
}

const pauses = fc.array(
  fc.record({ afterMs: fc.integer({ min: 0, max: 900 }), forMs: fc.integer({ min: 10, max: 900 }) }),
  { minLength: 1, maxLength: 4 },
);
const framing = { frames: fc.integer({ min: 1, max: 120 }), framesPerPacket: fc.integer({ min: 1, max: 6 }) };

/** `RUNS=2000 node --import tsx --test test/actors/player-pause.test.ts` tries new replies; a fixed seed decides in CI. */
const RUNS = process.env.RUNS === undefined ? undefined : Number(process.env.RUNS);
const SEEDED = RUNS === undefined ? { seed: 17 } : {};

/** The packet after the pause's beginning is late, so that the buffer runs empty within the fade. */
const LATE_IN_THE_FADE: [Sending][] = [
  [
    {
      frames: 3,
      framesPerPacket: 2,
      pauses: [
        { afterMs: 561, forMs: 20 },
        { afterMs: 0, forMs: 10 },
      ],
      delaysMs: [511, 571],
    },
  ],
  [
    {
      frames: 3,
      framesPerPacket: 2,
      pauses: [
        { afterMs: 261, forMs: 20 },
        { afterMs: 0, forMs: 10 },
      ],
      delaysMs: [211, 271],
    },
  ],
];

for (const name of ['fixed', 'reply'] as const) {
  test(`${name}: every sample is played once and in order, whenever the reply is paused`, async () => {
    const create = BUFFERS[name] as CreateBuffer;
    await fc.assert(
      fc.asyncProperty(fc.record({ ...framing, pauses }), async (sending) => {
        const plain = await playReply(create, { ...sending, delaysMs: [], pauses: [] });
        const paused = await playReply(create, { ...sending, delaysMs: [] });
        assert.deepEqual(paused.pulled, plain.pulled);
        assert.equal(paused.pulled.length, sending.frames * 320);
        const { underruns, concealedMs, droppedFrames, lateFrames, playedMs } = paused.stats();
        assert.deepEqual([underruns, concealedMs, droppedFrames, lateFrames], [0, 0, 0, 0]);
        assert.equal(playedMs, sending.frames * FRAME_MS);
      }),
      { ...SEEDED, numRuns: RUNS ?? 25 },
    );
  });
}

for (const [name, create] of Object.entries(BUFFERS)) {
  test(`${name}: on a path with jitter, a pause counts no underrun and changes no statistics of the path`, async () => {
    const delaysMs = fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.record({ ...framing, pauses, delaysMs }), async (sending) => {
        const plain = await playReply(create, { ...sending, pauses: [] });
        const paused = await playReply(create, sending);
        assert.equal(paused.delayManager.targetMs, plain.delayManager.targetMs);
        assert.equal(paused.delayManager.usualLatenessMs, plain.delayManager.usualLatenessMs);
      }),
      { ...SEEDED, numRuns: RUNS ?? 15, examples: LATE_IN_THE_FADE },
    );
  });
}

test('a pause is silent within a fade, and ends with the sample at which it began', async () => {
  const { actor, arrive, play, pulled, last } = await player();
  arrive(0, 6);
  play();
  actor.send({ type: 'player.pause', turn: 1 });
  assert.deepEqual(last('player.paused'), { type: 'player.paused', turn: 1, playedMs: 10 });
  const fading = play();
  assert.ok(!isSilent(fading.subarray(0, PAUSE_FADE_SAMPLES)) && isSilent(fading.subarray(PAUSE_FADE_SAMPLES)));
  assert.equal(pulled.length, 160 + PAUSE_FADE_SAMPLES);
  for (let i = 0; i < 50; i++) assert.ok(isSilent(play()));
  actor.send({ type: 'player.resume', turn: 1 });
  assert.deepEqual(last('player.continued'), { type: 'player.continued', turn: 1, pausedMs: 510 });
  assert.ok(!isSilent(play()));
  assert.equal(pulled.length, 320 + PAUSE_FADE_SAMPLES);
});

test('before a pause at most one frame is in the card, and nothing is given ahead in the pause', async () => {
  const { actor, arrive, play, speaker } = await player();
  arrive(0, 6);
  play();
  assert.equal(speaker.handlers?.isReady?.(actor.clock.now() + 10), true);
  actor.send({ type: 'player.pause', turn: 1 });
  assert.equal(speaker.handlers?.isReady?.(actor.clock.now()), false);
});

test('a reply that is paused before its first sample begins after the pause', async () => {
  const { actor, arrive, play, last } = await player();
  actor.send({ type: 'player.pause', turn: 1 });
  arrive(0, 6, true);
  for (let i = 0; i < 5; i++) play();
  actor.send({ type: 'player.resume', turn: 1 });
  for (let i = 0; i < 20; i++) play();
  assert.equal((last('player.drained') as { playedMs: number } | undefined)?.playedMs, 120);
});

test('an aborted pause reports what was played', async () => {
  const { actor, arrive, play, speaker, last } = await player();
  arrive(0, 6, true);
  play();
  actor.send({ type: 'player.pause', turn: 1 });
  for (let i = 0; i < 5; i++) play();
  actor.send({ type: 'player.abort', turn: 1 });
  assert.equal(speaker.isOpen, false);
  assert.equal((last('player.aborted') as { playedMs: number } | undefined)?.playedMs, 15);
  actor.send({ type: 'player.resume', turn: 1 });
  assert.equal(last('player.continued'), undefined);
});

test('a card that is lost in a pause is opened again, is silent, and plays on after the pause', async () => {
  const { actor, arrive, play, speaker, last, pulled } = await player();
  arrive(0, 6, true);
  play();
  actor.send({ type: 'player.pause', turn: 1 });
  play();
  speaker.handlers?.onLost(UNPLUGGED);
  actor.clock.increment(1_000);
  await settle();
  assert.equal(speaker.opened, 2);
  for (let i = 0; i < 5; i++) assert.ok(isSilent(play()));
  actor.send({ type: 'player.resume', turn: 1 });
  for (let i = 0; i < 20; i++) play();
  assert.ok(last('player.drained'));
  assert.equal(pulled.length, 6 * 320);
});

test('a pause ends by itself before the buffer drops anything', async () => {
  for (const create of Object.values(BUFFERS)) {
    const { actor, arrive, play, stats, last } = await player(create);
    for (let first = 0; first < 30; first += 6) arrive(first, 6);
    for (let i = 0; i < 10; i++) play();
    actor.send({ type: 'player.pause', turn: 1 });
    for (let first = 30; first < 1_000 && !last('player.continued'); first += 6) arrive(first, 6);
    assert.ok(last('player.continued'));
    assert.equal(stats().droppedFrames, 0);
    assert.ok(stats().bufferedMs > 2_000, 'a pause of 2 s, and what the gateway sends ahead, fit');
  }
});

test('commands of another turn, and repeated ones, change nothing', async () => {
  const { actor, arrive, play } = await player();
  arrive(0, 6);
  play();
  actor.send({ type: 'player.pause', turn: 2 });
  actor.send({ type: 'player.resume', turn: 1 });
  assert.ok(!isSilent(play()));
  actor.send({ type: 'player.pause', turn: 1 });
  actor.send({ type: 'player.pause', turn: 1 });
  actor.send({ type: 'player.resume', turn: 2 });
  play();
  assert.ok(isSilent(play()));
  assert.deepEqual(
    actor.types().filter((type) => type !== 'player.started'),
    ['player.paused'],
  );
});
