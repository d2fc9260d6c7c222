/**
 * A recording, fetched once: for the player, and as a waveform, which the browser itself decodes.
 */
import { normalised, peaksOf } from './waveform-peaks.ts';

export interface LoadedRecording {
  file: Blob;
  durationS: number;
  /** Undefined: this browser does not decode the format; it may play it all the same. */
  peaks?: Float32Array;
}

/** Enough for the widest screen. */
const COLUMNS = 1_024;
/** The lowest rate that every browser decodes to: a waveform needs no more. */
const DECODED_HZ = 8_000;

/** @throws Error (by rejection) when the file cannot be fetched; its message is for people */
export async function loadRecording(
  address: string,
  durationMs: number,
  signal: AbortSignal,
): Promise<LoadedRecording> {
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error(`The recording could not be fetched (HTTP ${answer.status}).`);
  const bytes = await answer.arrayBuffer();
  const file = new Blob([bytes], { type: 'audio/ogg' });
  try {
    const decoded = await new OfflineAudioContext(1, 1, DECODED_HZ).decodeAudioData(bytes);
    return { file, durationS: decoded.duration, peaks: normalised(peaksOf(decoded.getChannelData(0), COLUMNS)) };
  } catch {
    return { file, durationS: durationMs / 1_000 };
  }
}
