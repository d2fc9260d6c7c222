import { modelFiles } from '../../../../src/models/model-files.ts';
import type { Provider } from '../../parts/provider.ts';
import type { Synthesizer } from '../../parts/synthesizer.ts';
import { createFliteSynthesizer, voiceNamed } from './flite-synthesizer.ts';
import { FLITE_VOICES } from './voices.ts';

export const flite: Provider<Synthesizer> = {
  summary: `English, on this machine (flite; voices ${FLITE_VOICES.join(', ')})`,
  async create({ voice }, { clock, log, modelsFolder, queues, queueLimit }) {
    const { wasm: program } = await modelFiles('flite', modelsFolder);
    return createFliteSynthesizer({
      ...{ program, clock, log, queues },
      ...(queueLimit !== undefined && { queueLimit }),
      ...(voice !== undefined && { voice: voiceNamed(voice) }),
    });
  },
};
