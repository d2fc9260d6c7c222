/**
 * What is known of each path after it was played: NetEQ's figures, and the arrivals that it had. They can be kept in a file: with another adaptive
 * buffer only its own figures are computed again, in virtual time and without a browser.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { concatenate } from '../../../actors/sound/s16.ts';
import { readSpeechFile } from '../../../actors/sound/wav-file.ts';
import { encodeSpeech } from '../../../src/tools/simulation/encoded-speech.ts';
import { settingsFor, simulate } from '../../../src/tools/simulation/simulate.ts';
import { type Figures, ownFigures } from './figures.ts';
import type { ComparedPath } from './paths.ts';

/** `delaysMs` are those of the arrivals, of so many packets as the comparison is long. */
export interface PlayedPath extends ComparedPath {
  neteq: Figures;
}

export interface Compared extends PlayedPath {
  own: Figures;
}

const recordings = ['0870', '0880', '0920'].map((name) =>
  fileURLToPath(new URL(`../../../assets/sense-and-sensibility-${name}.wav`, import.meta.url)),
);
export const speech = concatenate(await Promise.all(recordings.map(readSpeechFile)));
export const { bitrate } = settingsFor([], 0);

/** The adaptive buffer with the arrivals that NetEQ had. */
export function compare(played: readonly PlayedPath[]): Compared[] {
  const encoded = encodeSpeech(speech, settingsFor([], 0));
  return played.map((path) => {
    const { packetMs, delaysMs: trace } = path;
    const seconds = (trace.length * packetMs) / 1_000;
    const stream = { trace, packetMs, lossPercent: 0, driftPpm: 0, seed: 1, seconds };
    return { ...path, own: ownFigures(simulate({ ...stream, speech, encoded, policy: 'adaptive' })) };
  });
}

export function keepPlayed(file: string, played: readonly PlayedPath[]): void {
  const rounded = played.map((path) => ({ ...path, delaysMs: path.delaysMs.map((ms) => Math.round(ms * 100) / 100) }));
  writeFileSync(file, `${JSON.stringify(rounded)}\n`);
}

export function readPlayed(file: string): PlayedPath[] {
  return JSON.parse(readFileSync(file, 'utf8')) as PlayedPath[];
}
