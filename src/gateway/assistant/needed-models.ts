/**
 * Which models a configuration needs, and those that are not there yet.
 */
import type { ModelName } from '../../models/manifest.ts';
import { modelFiles } from '../../models/model-files.ts';
import type { AssistantConfig } from './config.ts';

/** Without it devices that listen find the end of speech alone. */
const OPTIONAL: readonly ModelName[] = ['silero-vad'];

const MODEL_OF: Partial<Record<string, ModelName>> = { moonshine: 'moonshine-tiny', flite: 'flite' };

/** Models of the parts in use that are not in the folder. A fallback's are fetched with `earshot models`. */
export async function missingModels(
  { transcriber, brain, synthesizer }: AssistantConfig,
  folder: string,
): Promise<ModelName[]> {
  const needed = [transcriber, brain, synthesizer].flatMap(({ provider }) => MODEL_OF[provider] ?? []);
  return absent(needed, folder);
}

/** The same, for the voice alone. */
export function missingVoiceModels(
  { synthesizer }: Pick<AssistantConfig, 'synthesizer'>,
  folder: string,
): Promise<ModelName[]> {
  return absent(MODEL_OF[synthesizer.provider] ? [MODEL_OF[synthesizer.provider] as ModelName] : [], folder);
}

/** Those without which the assistant answers, too. */
export function missingOptionalModels(folder: string): Promise<ModelName[]> {
  return absent(OPTIONAL, folder);
}

async function absent(needed: readonly ModelName[], folder: string): Promise<ModelName[]> {
  const states = await Promise.all(
    needed.map((name) =>
      modelFiles(name, folder).then(
        () => [],
        () => [name],
      ),
    ),
  );
  return states.flat();
}

export { fetchModels } from '../../models/fetch-models.ts';
export type { ModelName };
