/**
 * The floor of CPU time: a process that only encodes three frames of dense speech every 60 ms and decodes them again,
 * in one thread, with the native library. Prints the resulting bytes of Opus per second, once.
 */
import { createOpusDecoder, createOpusEncoder } from '../../actors/codec/opus.ts';
import { startPeriodicTimer } from '../../actors/sound/periodic-timer.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { CHUNK_MS, FRAMES_PER_CHUNK, RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import { denseSpeech } from './dense-speech.ts';

const speech = denseSpeech();
const encoder = createOpusEncoder();
const decoder = createOpusDecoder();
const REPORT_AFTER_PACKETS = 100;
let at = 0;
let packets = 0;
let bytes = 0;

startPeriodicTimer(systemClock, CHUNK_MS, () => {
  for (let i = 0; i < FRAMES_PER_CHUNK; i++) {
    if (at + RECOMMENDED_FRAME_SIZE > speech.length) at = 0;
    const frame = encoder.encode(speech.subarray(at, at + RECOMMENDED_FRAME_SIZE));
    decoder.decode(frame);
    at += RECOMMENDED_FRAME_SIZE;
    bytes += frame.length;
  }
  packets += 1;
  if (packets !== REPORT_AFTER_PACKETS) return;
  process.stdout.write(`${Math.round((bytes * 1_000) / (packets * CHUNK_MS))}\n`);
});
