/**
 * Makes the parts of the assistant from its configuration. Only what is configured is loaded.
 */
import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Brain } from '../../../actors/assistant/parts/brain.ts';
import type { PartContext, Provider } from '../../../actors/assistant/parts/provider.ts';
import type { SpeechToSpeech } from '../../../actors/assistant/parts/speech-to-speech.ts';
import type { Synthesizer } from '../../../actors/assistant/parts/synthesizer.ts';
import type { Transcriber } from '../../../actors/assistant/parts/transcriber.ts';
import { type PartName, PROVIDERS } from '../../../actors/assistant/registry.ts';
import { EarshotError, messageOf } from '../../core/errors.ts';
import type { AssistantConfig, PartConfig } from './config.ts';
import { isModule } from './config-spec.ts';

/** What the assistant is made of. */
export interface AssistantParts {
  transcriber: Transcriber;
  brain: Brain;
  synthesizer: Synthesizer;
  /** Answers instead of the other three. */
  speechToSpeech?: SpeechToSpeech;
  /** For people and programs: which providers are in use. */
  inUse: readonly PartInUse[];
  /**
   * What the person should be told before the next answer, once: that a provider cannot be reached, and who answers instead. Undefined:
   * nothing.
   */
  takeNotice(device: string): string | undefined;
  /** Loads models and opens connections, so that the first turn is as fast as the others. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

/** A part in use, without its key. */
export interface PartInUse {
  part: PartName;
  provider: string;
  /** The address without its query, which may have a key. */
  url?: string;
  model?: string;
  voice?: string;
}

interface PartTypes {
  transcriber: Transcriber;
  brain: Brain;
  synthesizer: Synthesizer;
  realtime: SpeechToSpeech;
}

/** @throws EarshotError `assistant_config`, `models_missing` */
export async function assembleAssistant(config: AssistantConfig, context: PartContext): Promise<AssistantParts> {
  const transcriber = await createPart('transcriber', config.transcriber, context);
  const brain = await createPart('brain', config.brain, context);
  const synthesizer = await createPart('synthesizer', config.synthesizer, context);
  const speechToSpeech = config.realtime && (await createPart('realtime', config.realtime, context));
  return {
    transcriber,
    brain,
    synthesizer,
    ...(speechToSpeech && { speechToSpeech }),
    inUse: partsInUse(config),
    takeNotice: () => undefined,
    async prepare() {
      await Promise.all([transcriber.prepare?.(), brain.prepare?.(), synthesizer.prepare?.()]);
    },
    async close() {
      await Promise.all([transcriber.close(), brain.close(), synthesizer.close(), speechToSpeech?.close()]);
    },
  };
}

async function createPart<Name extends PartName>(
  part: Name,
  { provider, settings }: PartConfig,
  context: PartContext,
): Promise<PartTypes[Name]> {
  return (await loadProvider(part, provider)).create(settings, context);
}

/** @throws EarshotError `assistant_config` */
export async function loadProvider<Name extends PartName>(
  part: Name,
  provider: string,
): Promise<Provider<PartTypes[Name]>> {
  if (isModule(provider)) return loadModule(part, provider);
  const load = PROVIDERS[part][provider];
  if (load) return (await load()) as Provider<PartTypes[Name]>;
  throw new EarshotError('assistant_config', `This version has no ${part} “${provider}”`, 'See docs/assistant.md.');
}

/** A module of the user: its default export is a Provider, or a function that makes the part. */
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

export function partsInUse(config: AssistantConfig): PartInUse[] {
  const { transcriber, brain, synthesizer, realtime } = config;
  const parts = realtime ? { realtime } : { transcriber, brain, synthesizer };
  return Object.entries(parts).map(
    ([
      part,
      {
        provider,
        settings: { url, model, voice },
      },
    ]) => ({
      part: part as PartName,
      provider,
      ...(url !== undefined && { url: withoutQuery(url) }),
      ...(model !== undefined && { model }),
      ...(voice !== undefined && { voice }),
    }),
  );
}

/** For people, e.g. `moonshine, openai (llama3 at 127.0.0.1:11434), flite`. */
export function describeParts(parts: readonly PartInUse[]): string {
  return parts
    .map(({ provider, url, model }) => {
      const where = [model, url === undefined ? undefined : `at ${new URL(url).host}`].filter(
        (each) => each !== undefined,
      );
      return where.length > 0 ? `${provider} (${where.join(' ')})` : provider;
    })
    .join(', ');
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}
