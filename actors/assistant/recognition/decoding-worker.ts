/**
 * The thread that decodes the speech of all utterances. It keeps a decoder for each utterance; so its tasks must be in order.
 */
import { createStreamDecoder, type StreamDecoder } from '../../codec/opus-fec.ts';

export interface DecodingTask {
  /** Of this thread's client, unique. */
  utterance: number;
  frames: readonly Uint8Array[];
  /** Zeros before the first frame. */
  gapSamples: number;
  /** The last frames: the decoder is free afterwards. */
  isLast: boolean;
  /** In shared memory: counts the frames that are not Opus. */
  undecodable?: Int32Array;
}

const FRAME_SAMPLES = 320;

const decoders = new Map<number, StreamDecoder>();
const free: StreamDecoder[] = [];

/** Samples at 16 kHz. A frame that is not Opus is concealed. */
export default function decode({ utterance, frames, gapSamples, isLast, undecodable }: DecodingTask): Int16Array {
  const samples = new Int16Array(gapSamples + frames.length * FRAME_SAMPLES);
  const decoder = decoderOf(utterance);
  for (const [index, frame] of frames.entries()) {
    const decoded = decodeOrUndefined(decoder, frame);
    if (!decoded && undecodable) Atomics.add(undecodable, 0, 1);
    samples.set(decoded ?? decoder.conceal(), gapSamples + index * FRAME_SAMPLES);
  }
  if (isLast) {
    decoders.delete(utterance);
    free.push(decoder);
  }
  return samples;
}

function decoderOf(utterance: number): StreamDecoder {
  const known = decoders.get(utterance);
  if (known) return known;
  const decoder = free.pop() ?? createStreamDecoder();
  decoder.restart();
  decoders.set(utterance, decoder);
  return decoder;
}

function decodeOrUndefined(decoder: StreamDecoder, frame: Uint8Array): Int16Array | undefined {
  try {
    return decoder.decode(frame);
  } catch {
    return undefined;
  }
}
