/** Speech for many devices: encoded once, and said by each from another place on, so that no two turns have the same bytes. */
import { createOpusEncoder } from '../../actors/codec/opus.ts';
import { readSamples, SHORT_SPEECH } from '../support/speech.ts';

const FRAME_SAMPLES = 320;

export function encodedSpeech(path = SHORT_SPEECH): Uint8Array[] {
  const samples = readSamples(path);
  const encoder = createOpusEncoder();
  return Array.from({ length: Math.floor(samples.length / FRAME_SAMPLES) }, (_, i) =>
    encoder.encode(samples.slice(i * FRAME_SAMPLES, (i + 1) * FRAME_SAMPLES)).slice(),
  );
}

/** So many frames from a place on; the speech begins again after its end. */
export function excerpt(speech: readonly Uint8Array[], from: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => speech[(from + i) % speech.length] as Uint8Array);
}
