/** Chirps that are said one after the other, and their delays between mouth and speaker. */
import { SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import { findChirp, makeChirp } from '../../../src/tools/doctor/chirp.ts';
import type { RoomRecording } from '../../browser/sound.ts';

const CHIRP = makeChirp(0.08);
/** No multiple of a frame: all places in a packet are as frequent. */
const EVERY_SAMPLES = 713 * SAMPLES_PER_MS;
/** The chirps are where they were said; a busy sound server moves them. */
const MOVED_SAMPLES = 40 * SAMPLES_PER_MS;
const LONGEST_DELAY_SAMPLES = 600 * SAMPLES_PER_MS;
/** 0.8 after a codec, 0.4 after time stretch, below 0.2 for other sounds. */
const LEAST_CORRELATION = 0.3;

export function makeChirps(count: number): Int16Array {
  const samples = new Int16Array(count * EVERY_SAMPLES);
  for (let i = 0; i < count; i++) samples.set(CHIRP, i * EVERY_SAMPLES);
  return samples;
}

/** In ms, of each chirp that is found on both sides. */
export function delaysOf({ mouth, speaker }: RoomRecording, count: number): number[] {
  const first = findChirp(mouth.subarray(0, 2 * EVERY_SAMPLES + SAMPLE_RATE_HZ), CHIRP).offset % EVERY_SAMPLES;
  const delays: number[] = [];
  for (let i = 0; i < count + 2; i++) {
    const from = Math.max(0, first + i * EVERY_SAMPLES - MOVED_SAMPLES);
    const said = findChirp(mouth.subarray(from, from + CHIRP.length + 2 * MOVED_SAMPLES), CHIRP);
    if (said.correlation < 0.9) continue;
    const saidAt = from + said.offset;
    const heard = findChirp(speaker.subarray(saidAt, saidAt + LONGEST_DELAY_SAMPLES), CHIRP);
    if (heard.correlation > LEAST_CORRELATION) delays.push(heard.offset / SAMPLES_PER_MS);
  }
  return delays;
}
