/**
 * A recording, fetched once: for the player, and as a waveform. The browser decodes it, or, where it has no Ogg Opus, libopus.
 */
import { SAMPLE_RATE_HZ } from '../../../protocol/format.ts';
import { decodeOggOpus } from './decode-ogg-opus.ts';
import { wavBlob } from './wav-blob.ts';
import { normalised, peaksOf } from './waveform-peaks.ts';

export interface LoadedRecording {
  /** As it is stored: Ogg Opus. */
  file: Blob;
  /** What the browser plays: the file, or its samples. */
  sound: Blob;
  durationS: number;
  peaks: Float32Array;
}

/** Enough for the widest screen. */
const COLUMNS = 1_024;
/** The lowest rate that every browser decodes to: a waveform needs no more. */
const DECODED_HZ = 8_000;
const FULL_SCALE = 32_768;

/** @throws Error (by rejection) when the file cannot be fetched or decoded; its message is for people */
export async function loadRecording(address: string, signal: AbortSignal): Promise<LoadedRecording> {
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error(`The recording could not be fetched (HTTP ${answer.status}).`);
  const bytes = await answer.arrayBuffer();
  const file = new Blob([bytes], { type: 'audio/ogg' });
  const decoded = playsOggOpus() ? await decodedByBrowser(bytes.slice(0)) : undefined;
  if (decoded) return { file, sound: file, durationS: decoded.duration, peaks: peaks(decoded.getChannelData(0)) };
  const samples = await decodeOggOpus(bytes, signal);
  const durationS = samples.length / SAMPLE_RATE_HZ;
  return {
    file,
    sound: wavBlob(samples),
    durationS,
    peaks: peaks(Float32Array.from(samples, (each) => each / FULL_SCALE)),
  };
}

function playsOggOpus(): boolean {
  return new Audio().canPlayType('audio/ogg; codecs=opus') !== '';
}

/** Undefined: this browser does not decode it, whatever it says that it plays. */
async function decodedByBrowser(bytes: ArrayBuffer): Promise<AudioBuffer | undefined> {
  return await new OfflineAudioContext(1, 1, DECODED_HZ).decodeAudioData(bytes).catch(() => undefined);
}

function peaks(samples: Float32Array): Float32Array {
  return normalised(peaksOf(samples, COLUMNS));
}
