/**
 * The embedded recogniser as a provider.
 */
import { EarshotError } from '../../../src/core/errors.ts';
import { MODELS } from '../../../src/models/manifest.ts';
import { checkModel, modelFiles } from '../../../src/models/model-files.ts';
import type { PartContext, Provider, ProviderCheck } from '../parts/provider.ts';
import type { Transcriber } from '../parts/transcriber.ts';
import { createMoonshineTranscriber } from './moonshine-transcriber.ts';

const MODEL = 'moonshine-tiny';

export const moonshine: Provider<Transcriber> = {
  summary: 'English, on this machine (Moonshine tiny)',
  create: (_, context) => open(context),
  async *check(_, context) {
    const startedAtMs = context.clock.now();
    const transcriber = await open(context);
    try {
      await transcriber.prepare();
      const loadMs = Math.round(context.clock.now() - startedAtMs);
      yield { name: 'model', isOk: true, found: `${MODEL} is loaded within ${loadMs} ms` } satisfies ProviderCheck;
      const passAtMs = context.clock.now();
      await transcriber.prepare();
      const passMs = Math.round(context.clock.now() - passAtMs);
      yield speed(passMs);
    } finally {
      await transcriber.close();
    }
  },
};

/** @throws EarshotError `models_missing`, `models_damaged` */
async function open({ clock, log, modelsFolder, queues, queueLimit }: PartContext) {
  const model = await modelFiles(MODEL, modelsFolder);
  // onnxruntime ends the whole process when it loads a damaged file.
  if ((await checkModel(MODEL, MODELS[MODEL], modelsFolder)) !== 'present') {
    const hint = `Fetch it again with: earshot models fetch ${MODEL}`;
    throw new EarshotError('models_damaged', `The model ${MODEL} in ${modelsFolder} is damaged`, hint);
  }
  return createMoonshineTranscriber({ model, clock, log, queues, ...(queueLimit !== undefined && { queueLimit }) });
}

/** The pass of `prepare` has half a second of audio, and takes about as long as one of a short question. */
const SLOW_PASS_MS = 500;

function speed(passMs: number): ProviderCheck {
  const found = `the shortest pass takes ${passMs} ms`;
  if (passMs <= SLOW_PASS_MS) return { name: 'speed', isOk: true, found };
  const hint = 'This machine is slow or busy: answers will be late. Choose another transcriber, or a faster machine.';
  return { name: 'speed', isOk: false, found, hint };
}
