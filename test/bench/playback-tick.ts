/**
 * The cost of a tick of the jitter buffer: microseconds with and without decoding, and allocated bytes.
 *
 *     node --expose-gc --import tsx test/bench/playback-tick.ts
 */
import { createOpusDecoder, createOpusEncoder } from '../../actors/codec/opus.ts';
import { createStreamDecoder } from '../../actors/codec/opus-fec.ts';
import { createAdaptiveJitterBuffer } from '../../actors/playback/adaptive/adaptive.ts';
import { createFixedJitterBuffer } from '../../actors/playback/fixed.ts';
import type { FrameDecoder, JitterBuffer } from '../../actors/playback/jitter-buffer.ts';
import { TICK_SAMPLES } from '../../actors/playback/jitter-buffer.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';
import { pullTick } from '../support/packets.ts';
import { LONG_SPEECH, readSamples } from '../support/speech.ts';
import { recordedTrace } from '../support/traces.ts';

const PACKET_MS = 60;
const ROUNDS = 12;
const speech = readSamples(LONG_SPEECH);
const encoder = createOpusEncoder();
const frames = Array.from({ length: Math.floor(speech.length / 320) }, (_, i) =>
  encoder.encode(speech.subarray(i * 320, (i + 1) * 320)),
);
const trace = recordedTrace('loss5_g3');
const packets: AudioPacket[] = trace.map((_, k) => ({
  final: false,
  discontinuity: false,
  pcm: false,
  turn: 1,
  sequence: k * 3,
  timestamp: k * 960,
  frames: [0, 1, 2].map((i) => frames[(k * 3 + i) % frames.length] ?? Uint8Array.of(8)),
}));
const arrivals = trace.map((delayMs, k) => ({ atMs: k * PACKET_MS + delayMs, k })).sort((a, b) => a.atMs - b.atMs);
const out = new Int16Array(TICK_SAMPLES);

/** A decoder without cost: the rest is the cost of the buffer. */
function freeDecoder(): FrameDecoder {
  const samples = speech.slice(3_200, 3_520);
  return { decode: () => samples, conceal: () => samples };
}

function play(buffer: JitterBuffer): number {
  let ticks = 0;
  let next = 0;
  for (let nowMs = 30; nowMs < trace.length * PACKET_MS; nowMs += 10) {
    for (let arrival = arrivals[next]; arrival && arrival.atMs <= nowMs; arrival = arrivals[++next]) {
      const packet = packets[arrival.k];
      if (packet) buffer.push(packet, arrival.atMs);
    }
    pullTick(buffer, out, nowMs);
    ticks += 1;
  }
  return ticks;
}

function measure(name: string, create: () => JitterBuffer): void {
  play(create());
  play(create());
  let bestUs = Number.POSITIVE_INFINITY;
  let leastBytes = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const buffer = create();
    globalThis.gc?.();
    const heapBefore = process.memoryUsage().heapUsed;
    const startedMs = performance.now();
    const ticks = play(buffer);
    bestUs = Math.min(bestUs, ((performance.now() - startedMs) * 1_000) / ticks);
    const allocated = (process.memoryUsage().heapUsed - heapBefore) / ticks;
    if (allocated >= 0) leastBytes = Math.min(leastBytes, allocated);
  }
  process.stdout.write(
    `${name.padEnd(44)} ${bestUs.toFixed(1).padStart(6)} µs, ${leastBytes.toFixed(0).padStart(5)} bytes a tick\n`,
  );
}

const adaptive = (decoder: FrameDecoder) => createAdaptiveJitterBuffer(decoder, { mode: 'live' });
measure('adaptive, decoding with FEC (wasm)', () => adaptive(createStreamDecoder()));
measure('adaptive, decoding with @discordjs/opus', () => adaptive(createOpusDecoder()));
measure('adaptive, without decoding', () => adaptive(freeDecoder()));
measure('fixed, decoding with FEC (wasm)', () => createFixedJitterBuffer(createStreamDecoder(), { minChunks: 3 }));
