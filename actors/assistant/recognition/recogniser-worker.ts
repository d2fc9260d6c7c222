/**
 * A thread that recognises English speech with Moonshine tiny (sherpa-onnx). A pass blocks its thread, and sherpa-onnx cannot end one
 * early.
 */
import { createRequire } from 'node:module';
import type { ModelFiles } from '../../../src/models/model-files.ts';
import { preparedSamples } from './prepared-samples.ts';

export interface RecognitionTask {
  /** Paths of the model's files. */
  model: Pick<ModelFiles<'moonshine-tiny'>, 'encoder' | 'decoder' | 'tokens'>;
  /** Mono, 16 kHz, at most 30 s. */
  samples: Int16Array;
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

let recogniser: OfflineRecognizer | undefined;

/** The text, as the model writes it. */
export default function recognise({ model, samples }: RecognitionTask): string {
  recogniser ??= load(model);
  const stream = recogniser.createStream();
  stream.acceptWaveform({ sampleRate: SAMPLE_RATE_HZ, samples: preparedSamples(samples) });
  recogniser.decode(stream);
  return recogniser.getResult(stream).text.trim();
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
