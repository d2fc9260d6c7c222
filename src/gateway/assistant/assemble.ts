/**
 * Makes the parts of the assistant from its configuration. Only what is configured is loaded; a fallback when it is first needed. Around each part
 * that is not embedded stand time limits, a circuit breaker, the cap of the day and the fallback.
 */
import type { Brain } from '../../../actors/assistant/parts/brain.ts';
import type { PartName } from '../../../actors/assistant/parts/provider.ts';
import type { SpeechToSpeech } from '../../../actors/assistant/parts/speech-to-speech.ts';
import type { Synthesizer } from '../../../actors/assistant/parts/synthesizer.ts';
import type { Transcriber } from '../../../actors/assistant/parts/transcriber.ts';
import { guardBrain } from '../../../actors/assistant/providers/guarded-brain.ts';
import { guardSpeechToSpeech } from '../../../actors/assistant/providers/guarded-speech-to-speech.ts';
import { guardSynthesizer } from '../../../actors/assistant/providers/guarded-synthesizer.ts';
import { guardTranscriber } from '../../../actors/assistant/providers/guarded-transcriber.ts';
import { createNotices } from '../../../actors/assistant/providers/notices.ts';
import { ProviderGuard, type ProviderStats } from '../../../actors/assistant/providers/provider-guard.ts';
import { redactingLog } from '../../../actors/assistant/providers/redaction.ts';
import { speechFromParts, type ThreeParts } from '../../../actors/assistant/providers/speech-from-parts.ts';
import { openSpending } from '../../../actors/assistant/providers/spending.ts';
import { EMBEDDED } from '../../../actors/assistant/registry.ts';
import type { QueueRegistry } from '../../core/actor/queue-metrics.ts';
import { errorFields } from '../../core/errors.ts';
import { spendingFile } from '../../core/files/paths.ts';
import type { Limits } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { AssistantConfig, PartConfig } from './config.ts';
import { brainInLanguage, speechInLanguage, synthesizerInLanguage, transcriberInLanguage } from './in-language.ts';
import { loadProvider, namingPart, type PartTypes } from './load-provider.ts';
import { type PartInUse, partsInUse } from './parts-in-use.ts';

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
  /** Of the parts that are not embedded. */
  stats(): ProviderStats[];
  /** Loads models and opens connections, so that the first turn is as fast as the others. A provider that cannot be reached yet is only logged. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

/** What the parts need of the gateway. */
export interface AssemblyContext {
  clock: Clock;
  log: Log;
  modelsFolder: string;
  /** The state folder, for what was spent today; undefined: a restart forgets it. */
  state?: string;
  limits: Pick<Limits, 'providerMs'> & Partial<Pick<Limits, 'speechSentences' | 'recognitionPasses'>>;
  /** For the queues of what runs in threads. */
  queues?: QueueRegistry;
}

type Guarding<Part> = (part: Part, guard: ProviderGuard, fallback?: () => Promise<Part>) => Part;

/** @throws EarshotError `assistant_config`, `models_missing` */
export async function assembleAssistant(config: AssistantConfig, context: AssemblyContext): Promise<AssistantParts> {
  const { clock, modelsFolder, limits, state } = context;
  const log = redactingLog(context.log, keysOf(config));
  const notices = createNotices();
  const spending = openSpending({ file: state === undefined ? undefined : spendingFile(state), clock, log });
  const guards: ProviderGuard[] = [];
  const made: { part: PartName; provider: string; created: Pick<Brain, 'prepare' | 'close'> }[] = [];

  async function create<Name extends PartName>(
    part: Name,
    provider: string,
    { settings = {}, guard }: { settings?: PartConfig['settings']; guard?: ProviderGuard } = {},
  ): Promise<PartTypes[Name]> {
    const queueLimit = part === 'transcriber' ? limits.recognitionPasses : limits.speechSentences;
    const loaded = await loadProvider(part, provider);
    const created = await namingPart(part, () =>
      loaded.create(settings, {
        clock,
        log,
        modelsFolder,
        queues: context.queues,
        ...(queueLimit !== undefined && { queueLimit }),
        reportUsage: guard?.reportUsage ?? (() => {}),
      }),
    );
    made.push({ part, provider, created });
    return created;
  }

  async function make<Name extends PartName>(
    part: Name,
    configured: PartConfig,
    guarding: Guarding<PartTypes[Name]>,
    inLanguage: (made: PartTypes[Name], language: string) => PartTypes[Name],
  ): Promise<PartTypes[Name]> {
    const { provider, settings, fallback, language } = configured;
    if (isEmbedded(part, provider)) return create(part, provider, { settings });
    const guard = guardOf(part, configured);
    const created = await create(part, provider, guard);
    const wanted = language === undefined ? created : inLanguage(created, language);
    return guarding(wanted, guard.guard, fallback === undefined ? undefined : once(() => create(part, fallback)));
  }

  function guardOf(part: PartName, { provider, settings, fallback, cap }: PartConfig) {
    const timeoutMs = settings.timeoutMs ?? limits.providerMs;
    const guard = new ProviderGuard({
      ...{ part, provider, key: settings.key, cap, timeoutMs, clock, log, spending, notices },
      hasFallback: fallback !== undefined,
    });
    guards.push(guard);
    return { guard, settings: { ...settings, timeoutMs } };
  }

  /** The three parts stand in for it. */
  async function makeRealtime(configured: PartConfig, parts: ThreeParts): Promise<SpeechToSpeech> {
    const guard = guardOf('realtime', configured);
    const created = await create('realtime', configured.provider, guard);
    const wanted = configured.language === undefined ? created : speechInLanguage(created, configured.language);
    return guardSpeechToSpeech(
      wanted,
      guard.guard,
      configured.fallback === undefined ? undefined : speechFromParts(parts),
    );
  }

  async function prepare(): Promise<void> {
    // Parts that only stand in are loaded when they are needed.
    const needed = config.realtime ? [] : made;
    const prepared = needed.map(async ({ part, provider, created }) => {
      try {
        await created.prepare?.();
      } catch (error) {
        log.warn('a part of the assistant is not ready', { part, provider, ...errorFields(error) });
      }
    });
    await Promise.all(prepared);
  }

  async function close(): Promise<void> {
    await Promise.all(made.map(({ created }) => created.close()));
    spending.close();
  }

  try {
    const parts = {
      transcriber: await make('transcriber', config.transcriber, guardTranscriber, transcriberInLanguage),
      brain: await make('brain', config.brain, guardBrain, brainInLanguage),
      synthesizer: await make('synthesizer', config.synthesizer, guardSynthesizer, synthesizerInLanguage),
    };
    return {
      ...parts,
      ...(config.realtime && { speechToSpeech: await makeRealtime(config.realtime, parts) }),
      inUse: partsInUse(config),
      takeNotice: notices.take,
      stats: () => guards.map((guard) => guard.stats()),
      prepare,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function keysOf({ transcriber, brain, synthesizer, realtime }: AssistantConfig): string[] {
  return [transcriber, brain, synthesizer, realtime]
    .map((part) => part?.settings.key?.())
    .filter((key) => key !== undefined);
}

function isEmbedded(part: PartName, provider: string): boolean {
  return (EMBEDDED as Partial<Record<PartName, string>>)[part] === provider;
}

/** The first call makes it; after a failure the next one tries again. */
function once<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let making: Promise<Made> | undefined;
  return () => {
    making ??= make().catch((error: unknown) => {
      making = undefined;
      throw error;
    });
    return making;
  };
}
