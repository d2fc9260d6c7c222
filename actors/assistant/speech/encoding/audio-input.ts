/**
 * What a synthesizer sent, as samples: PCM as it is; a WAV file, which some servers send instead, unwrapped. Other formats
 * are refused: as samples they would be a loud noise.
 */

import { toFloat } from '../../../sound/s16.ts';
import { findSound } from '../../../sound/wav-chunks.ts';
import { mixed, readFormat, type SampleFormat } from '../../../sound/wav-format.ts';
import { badAnswer } from '../../parts/errors.ts';
import type { Pcm } from '../../parts/synthesizer.ts';
import { formatOf, SNIFFED_BYTES } from './stream-format.ts';

export interface MonoSamples {
  samples: Float32Array;
  sampleRateHz: number;
}

export interface AudioInput {
  /** The next samples, if there are any yet. @throws AssistantError `assistant_bad_answer` */
  push(pcm: Pcm): MonoSamples | undefined;
  /** The rest of a sentence that was too short to know its format. */
  end(): MonoSamples | undefined;
}

const MIN_SAMPLE_RATE_HZ = 4_000;
const MAX_SAMPLE_RATE_HZ = 192_000;
/** A header with more before its samples is none of a voice. */
const MAX_HEADER_BYTES = 65_536;

type Reader = () => MonoSamples;

export function createAudioInput(): AudioInput {
  /** What is not read yet: until the format is known, and halves of samples. */
  let bytes = new Uint8Array(0);
  let read: Reader | undefined;
  let sampleRateHz: number | undefined;

  function take(isWhole: boolean): MonoSamples | undefined {
    read ??= readerOf(isWhole);
    return read?.();
  }

  function readerOf(isWhole: boolean): Reader | undefined {
    if (bytes.length < SNIFFED_BYTES && !isWhole) return undefined;
    const format = formatOf(bytes);
    if (format === 'pcm') return readPcm;
    if (format !== 'wav') throw notPcm(`it is ${format} instead of PCM`);
    const found = findSound(bytes, isWhole);
    if ('reason' in found) throw notPcm('its WAV header is damaged');
    if ('needsMore' in found) {
      if (bytes.length > MAX_HEADER_BYTES) throw notPcm('its WAV header is damaged');
      return undefined;
    }
    const { layout } = found;
    const wavFormat = wavFormatOf(layout);
    let leftBytes = layout.dataEnd - layout.dataStart;
    bytes = bytes.subarray(layout.dataStart);
    return () => {
      const frameBytes = wavFormat.channels * wavFormat.bytesPerSample;
      const frames = Math.floor(Math.min(bytes.length, leftBytes) / frameBytes);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      const samples = mixed(wavFormat, view, 0, frames);
      bytes = bytes.subarray(frames * frameBytes);
      leftBytes -= frames * frameBytes;
      return { samples, sampleRateHz: wavFormat.sampleRateHz };
    };
  }

  function readPcm(): MonoSamples {
    const samples = new Int16Array(bytes.length >> 1);
    new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.byteLength));
    bytes = bytes.subarray(samples.byteLength);
    return { samples: toFloat(samples), sampleRateHz: sampleRateHz ?? 0 };
  }

  return {
    push(pcm) {
      checkPcm(pcm);
      if (sampleRateHz !== undefined && pcm.sampleRateHz !== sampleRateHz) throw notPcm('its sample rate changes');
      sampleRateHz = pcm.sampleRateHz;
      const { buffer, byteOffset, byteLength } = pcm.samples;
      bytes = joined(bytes, new Uint8Array(buffer, byteOffset, byteLength));
      return take(false);
    },
    end: () => (bytes.length === 0 ? undefined : take(true)),
  };
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}

function wavFormatOf(layout: Parameters<typeof readFormat>[0]): SampleFormat {
  try {
    return readFormat(layout, 'the speech');
  } catch (cause) {
    throw notPcm('its WAV header is damaged', cause);
  }
}

function checkPcm({ samples, sampleRateHz }: Pcm): void {
  if (!(samples instanceof Int16Array)) throw notPcm('its samples do not have 16 bits');
  if (!(sampleRateHz >= MIN_SAMPLE_RATE_HZ && sampleRateHz <= MAX_SAMPLE_RATE_HZ)) {
    throw notPcm(`its sample rate is ${sampleRateHz} Hz`);
  }
}

function notPcm(what: string, cause?: unknown) {
  return badAnswer('the synthesizer', what, cause === undefined ? {} : { cause });
}
