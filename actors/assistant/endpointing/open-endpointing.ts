/**
 * Opens the endpointing with its model, if that is there.
 */
import { errorInfo } from '../../../src/core/errors.ts';
import { MODELS } from '../../../src/models/manifest.ts';
import { checkModel, modelFiles } from '../../../src/models/model-files.ts';
import { createEndpointing, type Endpointing, type EndpointingOptions } from './endpointing.ts';

const VOICE_MODEL = 'silero-vad';

export interface OpenEndpointingOptions extends Omit<EndpointingOptions, 'model'> {
  modelsFolder: string;
}

/** Undefined without the model: devices that listen then find the end of speech alone. */
export async function openEndpointing(options: OpenEndpointingOptions): Promise<Endpointing | undefined> {
  const { modelsFolder, ...rest } = options;
  const { log } = rest;
  try {
    const { model } = await modelFiles(VOICE_MODEL, modelsFolder);
    // onnxruntime ends the whole process when it loads a damaged file.
    const state = await checkModel(VOICE_MODEL, MODELS[VOICE_MODEL], modelsFolder);
    if (state === 'present') return createEndpointing({ model, ...rest });
    log.warn('the model that finds the end of speech is damaged', { hint: `earshot models fetch ${VOICE_MODEL}` });
  } catch (error) {
    const { message, hint } = errorInfo(error);
    log.warn('devices that listen find the end of speech alone', { reason: message, hint });
  }
  return undefined;
}
