/**
 * A thread that recognises English speech with Moonshine tiny (sherpa-onnx). A pass blocks its thread, and sherpa-onnx cannot end one
 * early. Further hearings of a task run beside it, in threads of libuv: the model is shared, for sherpa-onnx's recogniser may be used by
 * several threads, its streams by one each (k2-fsa/sherpa-onnx, issue 1450).
 */
import { createRequire } from 'node:module';
import type { ModelFiles } from '../../../src/models/model-files.ts';
import { withoutReverberation } from './dereverberation.ts';
import { isGarbled } from './garbled.ts';
import { preparedSamples, SILENCE_AFTER_MS } from './prepared-samples.ts';

export interface RecognitionTask {
  /** Paths of the model's files. */
  model: Pick<ModelFiles<'moonshine-tiny'>, 'encoder' | 'decoder' | 'tokens'>;
  /** At least one. Each takes a processor core. */
  hearings: readonly Hearing[];
}

/** Speech that is recognised in one pass. */
export interface Hearing {
  /** Mono, 16 kHz, at most 30 s. */
  samples: Int16Array;
  /** 1: as it was spoken; 0.95: 5 % slower, and lower. */
  pace: number;
  /** See `UtteranceOptions`: its reverberation is removed first. */
  isDistant?: boolean;
}

interface OfflineStream {
  acceptWaveform(wave: { sampleRate: number; samples: Float32Array }): void;
}
interface OfflineRecognizer {
  createStream(): OfflineStream;
  /** On this thread. */
  decode(stream: OfflineStream): void;
  /** On a thread of libuv. */
  decodeAsync(stream: OfflineStream): Promise<unknown>;
  getResult(stream: OfflineStream): { text: string };
}
type Sherpa = { OfflineRecognizer: new (config: object) => OfflineRecognizer };
type Decode = (recogniser: OfflineRecognizer, stream: OfflineStream) => unknown;

const SAMPLE_RATE_HZ = 16_000;
/** In less there is hardly a word. */
const SHORTEST_SPEECH_SAMPLES = 0.5 * SAMPLE_RATE_HZ;

let recogniser: OfflineRecognizer | undefined;

/** The texts, as the model writes them. */
export default async function recognise({ model, hearings }: RecognitionTask): Promise<string[]> {
  recogniser ??= load(model);
  const loaded = recogniser;
  const ready = withoutTheirReverberation(hearings);
  const others = ready.slice(1).map((hearing) => hear(loaded, hearing, (by, stream) => by.decodeAsync(stream)));
  const first = ready.slice(0, 1).map((hearing) => hear(loaded, hearing, (by, stream) => by.decode(stream)));
  return await Promise.all([...first, ...others]);
}

/** Those that have the same samples get the same. */
function withoutTheirReverberation(hearings: readonly Hearing[]): Hearing[] {
  const ready = new Map<Int16Array, Int16Array>();
  return hearings.map((hearing) => {
    if (!hearing.isDistant) return hearing;
    const samples = ready.get(hearing.samples) ?? withoutReverberation(hearing.samples);
    ready.set(hearing.samples, samples);
    return { ...hearing, samples };
  });
}

async function hear(recogniser: OfflineRecognizer, hearing: Hearing, decode: Decode): Promise<string> {
  const { pace, samples } = hearing;
  const [first, second] = SILENCE_AFTER_MS;
  const text = await pass(recogniser, preparedSamples(samples, first, pace), decode);
  if (!isGarbled(text) || samples.length < SHORTEST_SPEECH_SAMPLES) return text;
  const other = await pass(recogniser, preparedSamples(samples, second, pace), decode);
  return isGarbled(other) ? text : other;
}

async function pass(recogniser: OfflineRecognizer, samples: Float32Array, decode: Decode): Promise<string> {
  const stream = recogniser.createStream();
  stream.acceptWaveform({ sampleRate: SAMPLE_RATE_HZ, samples });
  await decode(recogniser, stream);
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
