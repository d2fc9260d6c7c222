/**
 * What the devices of a load test say: stretches of recorded speech, encoded once before the test, so that no codec runs in it.
 */
import { SPECIFIED_SETTINGS } from '../../../actors/codec/encoder-settings.ts';
import { readSpeechFile } from '../../../actors/sound/wav-file.ts';
import { BUNDLED_RECORDINGS } from '../../core/files/bundled.ts';
import { FRAME_MS, SAMPLES_PER_MS } from '../../protocol/format.ts';
import { encodeSpeech } from '../simulation/encoded-speech.ts';

/** Opus frames of 20 ms. */
export type EncodedUtterance = readonly Uint8Array[];

/** @param random from 0 to below 1 */
export type NextUtterance = (random: () => number) => EncodedUtterance;

/** Different voices, so that packets differ. */
const BUNDLED = ['0870', '0880', '0920'].map((name) => `${BUNDLED_RECORDINGS}/sense-and-sensibility-${name}.wav`);
/** A request to a device takes this long; of uniform distribution. */
const SHORTEST_MS = 1_000;
const LONGEST_MS = 4_000;

/** Stretches of the bundled recordings, each of 1 to 4 s and from a random place, so that two utterances are hardly ever the same. */
export async function bundledUtterances({
  shortestMs = SHORTEST_MS,
  longestMs = LONGEST_MS,
} = {}): Promise<NextUtterance> {
  const recordings = await Promise.all(BUNDLED.map(encodeFile));
  return (random) => {
    const recording = pick(recordings, random);
    const frames = Math.round((shortestMs + random() * (longestMs - shortestMs)) / FRAME_MS);
    const from = Math.floor(random() * recording.length);
    return Array.from({ length: frames }, (_, i) => recording[(from + i) % recording.length] as Uint8Array);
  };
}

/** Each time one of these recordings, whole. @throws EarshotError `file_not_found`, `wav_invalid`, … */
export async function recordedUtterances(paths: readonly string[]): Promise<NextUtterance> {
  const recordings = await Promise.all(paths.map(encodeFile));
  return (random) => pick(recordings, random);
}

async function encodeFile(path: string): Promise<EncodedUtterance> {
  const samples = await readSpeechFile(path);
  const encoded = encodeSpeech(samples, { ...SPECIFIED_SETTINGS, fec: false });
  // The encoder reuses nothing, but a slice keeps a frame small.
  return Array.from({ length: Math.ceil(samples.length / (FRAME_MS * SAMPLES_PER_MS)) }, (_, i) => encoded.frame(i));
}

function pick<T>(all: readonly T[], random: () => number): T {
  return all[Math.floor(random() * all.length)] as T;
}
