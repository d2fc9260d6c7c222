/**
 * A thread that recognises English speech with Moonshine tiny (sherpa-onnx). A pass blocks its thread, and sherpa-onnx cannot end one
 * early.
 */
import { createRequire } from 'node:module';
import type { ModelFiles } from '../../../src/models/model-files.ts';
import { isGarbled } from './garbled.ts';
import { preparedSamples, SILENCE_AFTER_MS } from './prepared-samples.ts';

export interface RecognitionTask {
  /** Paths of the model's files. */
  model: Pick<ModelFiles<'moonshine-tiny'>, 'encoder' | 'decoder' | 'tokens'>;
  /** Mono, 16 kHz, at most 30 s. */
  samples: Int16Array;
  /** 1: as it was spoken; 0.95: 5 % slower, and lower. */
  pace: number;
}

interface OfflineStream {
  acceptWaveform(wave: { sampleRate: number; samples: Float32Array }): void;
}
interface OfflineRecognizer {
  createStream(): OfflineStream;
  decode(stream: OfflineStream): void;
  getResult(stream: OfflineStream): { text: string };
}
type Sherpa = { OfflineRecognizer: new (config: object) => OfflineRecognizer };

const SAMPLE_RATE_HZ = 16_000;
/** In less there is hardly a word. */
const SHORTEST_SPEECH_SAMPLES = 0.5 * SAMPLE_RATE_HZ;

let recogniser: OfflineRecognizer | undefined;

/** The text, as the model writes it. */
export default function recognise({ model, samples, pace }: RecognitionTask): string {
  recogniser ??= load(model);
  const [first, second] = SILENCE_AFTER_MS;
  const text = pass(recogniser, preparedSamples(samples, first, pace));
  if (!isGarbled(text) || samples.length < SHORTEST_SPEECH_SAMPLES) return text;
  const other = pass(recogniser, preparedSamples(samples, second, pace));
  return isGarbled(other) ? text : other;
}

function pass(recognizer: OfflineRecognizer, samples: Float32Array): string {
  const stream = recognizer.createStream();
  stream.acceptWaveform({ sampleRate: SAMPLE_RATE_HZ, samples });
  recognizer.decode(stream);
  return recognizer.getResult(stream).text.trim();
}

function load({ encoder, decoder, tokens }: RecognitionTask['model']): OfflineRecognizer {
  const sherpa = createRequire(import.meta.url)('sherpa-onnx-node') as Sherpa;
  return new sherpa.OfflineRecognizer({
    featConfig: { sampleRate: SAMPLE_RATE_HZ, featureDim: 80 },
    modelConfig: {
      moonshine: { encoder, mergedDecoder: decoder },
      tokens,
      // With two threads a pass takes more than twice the CPU time, and is not faster.
      numThreads: 1,
      provider: 'cpu',
      debug: 0,
    },
  });
}
