import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdaptiveJitterBuffer } from '../../actors/playback/adaptive/adaptive.ts';
import { createFixedJitterBuffer } from '../../actors/playback/fixed.ts';
import { type JitterBuffer, TICK_SAMPLES } from '../../actors/playback/jitter-buffer.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';
import fc from '../support/fast-check.ts';
import { assertIdentity, BROKEN_FRAME, numberedFrame, packet, pullTick, toneDecoder } from '../support/packets.ts';

const buffers: Record<string, (fec: boolean) => JitterBuffer> = {
  fixed: (fec) => createFixedJitterBuffer(toneDecoder({ fec }), { minChunks: 3 }),
  live: (fec) => createAdaptiveJitterBuffer(toneDecoder({ fec }), { mode: 'live' }),
  reply: (fec) => createAdaptiveJitterBuffer(toneDecoder({ fec }), { mode: 'reply' }),
};

/** A stream as a network might deliver it: in any order, with gaps, copies and late ones. */
const stream = fc.record({
  framesPerPacket: fc.integer({ min: 1, max: 6 }),
  firstNumber: fc.constantFrom(0, 7, 0xfffffff0),
  fec: fc.boolean(),
  packets: fc.array(
    fc.record({
      isLost: fc.boolean(),
      copies: fc.constantFrom(1, 1, 1, 2, 3),
      delayMs: fc.integer({ min: 0, max: 400 }),
      pauseFrames: fc.constantFrom(0, 0, 0, 0, 1, 30, 240, 400),
      discontinuity: fc.constantFrom(false, false, false, true),
      isBroken: fc.constantFrom(false, false, false, true),
    }),
    { minLength: 1, maxLength: 60 },
  ),
});

for (const [name, create] of Object.entries(buffers)) {
  test(`${name}: with any order, loss and copies, it accounts for every sample and ends`, () => {
    fc.assert(
      fc.property(stream, ({ framesPerPacket, firstNumber, fec, packets }) => {
        const buffer = create(fec);
        const due: { atMs: number; packet: AudioPacket }[] = [];
        let pause = 0;
        for (const [i, { isLost, copies, delayMs, pauseFrames, discontinuity, isBroken }] of packets.entries()) {
          pause += pauseFrames;
          const first = firstNumber + i * framesPerPacket;
          const made = packet(first, framesPerPacket, {
            timestamp: ((first + pause) * 320) >>> 0,
            discontinuity,
            final: i === packets.length - 1,
            frames: Array.from({ length: framesPerPacket }, (_, k) =>
              isBroken ? BROKEN_FRAME : numberedFrame(first + k),
            ),
          });
          const sentMs = (i * framesPerPacket + pause) * 20;
          if (isLost && !made.final) continue;
          for (let copy = 0; copy < copies; copy++) due.push({ atMs: sentMs + delayMs * (copy + 1), packet: made });
        }
        due.sort((a, b) => a.atMs - b.atMs);
        const out = new Int16Array(TICK_SAMPLES);
        const lastMs = due[due.length - 1]?.atMs ?? 0;
        let next = 0;
        for (let nowMs = 0; nowMs < lastMs + 60_000; nowMs += 10) {
          for (let arrival = due[next]; arrival && arrival.atMs <= nowMs; arrival = due[++next]) {
            buffer.push(arrival.packet, arrival.atMs);
          }
          const state = pullTick(buffer, out, nowMs);
          assertIdentity(buffer);
          if (state === 'ended') return;
        }
        assert.fail('it never ended');
      }),
      { numRuns: 150 },
    );
  });

  test(`${name}: packets with any numbers are handled`, () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            sequence: fc.oneof(fc.nat(0xffffffff), fc.nat(300)),
            timestamp: fc.oneof(fc.nat(0xffffffff), fc.nat(100_000)),
            frames: fc.array(fc.constantFrom(numberedFrame(1), BROKEN_FRAME, new Uint8Array([8])), {
              minLength: 0,
              maxLength: 6,
            }),
            final: fc.constantFrom(false, false, false, false, true),
            discontinuity: fc.boolean(),
            pcm: fc.constantFrom(false, false, true),
            ticks: fc.integer({ min: 0, max: 30 }),
          }),
          { maxLength: 60 },
        ),
        (list) => {
          const buffer = create(true);
          const out = new Int16Array(TICK_SAMPLES);
          let nowMs = 0;
          for (const { ticks, ...fields } of list) {
            buffer.push({ turn: 1, ...fields }, nowMs);
            for (let i = 0; i < ticks; i++) {
              pullTick(buffer, out, nowMs);
              nowMs += 10;
            }
            assertIdentity(buffer);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
}
