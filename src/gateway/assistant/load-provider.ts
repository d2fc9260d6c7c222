/** Loads a provider: one of the registry, or a module of the user. */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Brain } from '../../../actors/assistant/parts/brain.ts';
import type { PartName, Provider } from '../../../actors/assistant/parts/provider.ts';
import type { SpeechToSpeech } from '../../../actors/assistant/parts/speech-to-speech.ts';
import type { Synthesizer } from '../../../actors/assistant/parts/synthesizer.ts';
import type { Transcriber } from '../../../actors/assistant/parts/transcriber.ts';
import { PROVIDERS } from '../../../actors/assistant/registry.ts';
import { EarshotError, messageOf } from '../../core/errors.ts';
import { isModule } from './config-spec.ts';

export interface PartTypes {
  transcriber: Transcriber;
  brain: Brain;
  synthesizer: Synthesizer;
  realtime: SpeechToSpeech;
}

/** `provider`: a name of the registry, or the absolute path of a module. @throws EarshotError `assistant_config` */
export async function loadProvider<Name extends PartName>(
  part: Name,
  provider: string,
): Promise<Provider<PartTypes[Name]>> {
  if (isModule(provider)) return loadModule(part, provider);
  const load = PROVIDERS[part][provider];
  if (load) return (await load()) as Provider<PartTypes[Name]>;
  throw new EarshotError('assistant_config', `This version has no ${part} “${provider}”`, 'See docs/assistant.md.');
}

/** Its default export is a Provider, or a function that makes the part. */
async function loadModule<Name extends PartName>(part: Name, path: string): Promise<Provider<PartTypes[Name]>> {
  const hint = 'docs/assistant.md says what such a module exports.';
  if (!existsSync(path)) throw new EarshotError('assistant_config', `There is no file ${path} (${part})`, hint);
  let exported: unknown;
  try {
    exported = (await import(pathToFileURL(path).href)).default;
  } catch (cause) {
    throw new EarshotError('assistant_config', `${path} cannot be loaded: ${messageOf(cause)}`, hint, { cause });
  }
  if (typeof exported === 'function') return { summary: path, create: exported as Provider<PartTypes[Name]>['create'] };
  if (typeof (exported as Provider<unknown> | undefined)?.create === 'function') {
    return exported as Provider<PartTypes[Name]>;
  }
  throw new EarshotError('assistant_config', `${path} has no default export that makes a ${part}`, hint);
}

/** Settings that cannot work are told with the part that they are of: several parts may have the same provider. */
export async function namingPart<Made>(part: PartName, make: () => Promise<Made>): Promise<Made> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof EarshotError) || error.code !== 'assistant_config') throw error;
    throw new EarshotError('assistant_config', `assistant.${part}: ${error.message}`, error.hint, { cause: error });
  }
}
