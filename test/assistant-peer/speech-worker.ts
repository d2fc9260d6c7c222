/** A thread that recognises with Moonshine and speaks with flite. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { workerData } from 'piscina';
import { createFliteProgram, type FliteProgram } from '../../actors/assistant/speech/flite/flite-program.ts';
import { createResampler } from '../../actors/sound/resampler.ts';
import { toFloat } from '../../actors/sound/s16.ts';
import type { SpeechModels, SpeechTask, SpokenAudio } from './speech.ts';

interface Recognizer {
  createStream(): { acceptWaveform(audio: { sampleRate: number; samples: Float32Array }): void };
  decode(stream: unknown): void;
  getResult(stream: unknown): { text: string };
}

const RECOGNISED_HZ = 16_000;
const models = workerData as SpeechModels;
let recognizer: Recognizer | undefined;
let flite: FliteProgram | undefined;

function createRecognizer(): Recognizer {
  const sherpa = createRequire(import.meta.url)('sherpa-onnx-node');
  const { encoder, decoder, tokens } = models;
  return new sherpa.OfflineRecognizer({
    featConfig: { sampleRate: RECOGNISED_HZ, featureDim: 80 },
    modelConfig: { moonshine: { encoder, mergedDecoder: decoder }, tokens, numThreads: 1, provider: 'cpu', debug: 0 },
  });
}

export default async function run(task: SpeechTask): Promise<SpokenAudio | string> {
  if ('text' in task) {
    flite ??= createFliteProgram(new WebAssembly.Module(readFileSync(models.flite)));
    return flite.speak(task.text, 'rms');
  }
  recognizer ??= createRecognizer();
  const stream = recognizer.createStream();
  // Converted here, because sherpa-onnx prints that it converts.
  const resampler = await createResampler(task.sampleRateHz, RECOGNISED_HZ);
  const parts = [resampler.push(toFloat(task.samples)), resampler.flush()];
  resampler.close();
  for (const samples of parts) stream.acceptWaveform({ sampleRate: RECOGNISED_HZ, samples });
  recognizer.decode(stream);
  return recognizer.getResult(stream).text.trim();
}
