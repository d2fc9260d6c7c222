/**
 * A provider: one way to get a part of the assistant, found by its name in the registry (actors/assistant/registry.ts).
 */
import type { QueueRegistry } from '../../../src/core/actor/queue-metrics.ts';
import type { Log } from '../../../src/core/log/log.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import type { ReportUsage } from './usage.ts';

/** The parts, by the names that configurations use; `realtime`: all three in one. */
export type PartName = 'transcriber' | 'brain' | 'synthesizer' | 'realtime';

/** One way to get a part of the assistant. A module of the user exports one as its default. */
export interface Provider<Part> {
  /** One line for help texts. */
  summary: string;
  /** @throws EarshotError `assistant_config`, `models_missing`, `models_damaged` */
  create(settings: ProviderSettings, context: PartContext): Promise<Part>;
  /** For `earshot doctor`: uses the provider once, and returns what it found. */
  check?(settings: ProviderSettings, context: PartContext): AsyncIterable<ProviderCheck>;
}

/** What a user configures of a provider. Each provider says which of these it needs. */
export interface ProviderSettings {
  /** `http:`, `https:`, `ws:`, `wss:` or `tcp:`. */
  url?: string;
  model?: string;
  voice?: string;
  /** Returns the key when it is needed; it never stands in a log, an argument or the inspector. */
  key?: () => string | undefined;
  /** From the request to its first result, and from one piece to the next. */
  timeoutMs?: number;
  /** For modules of the user: what their part of the configuration says. */
  options?: Record<string, unknown>;
}

/** What a provider gets of the gateway. */
export interface PartContext {
  clock: Clock;
  log: Log;
  /** The folder of the models (`earshot models`). */
  modelsFolder: string;
  /** For the queues of what runs in threads. */
  queues?: QueueRegistry | undefined;
  /** What may wait for a thread; undefined: the default of the part. */
  queueLimit?: number;
  /** For prices and caps. */
  reportUsage: ReportUsage;
}

/** One finding of `earshot doctor` about a provider. */
export interface ProviderCheck {
  /** E.g. `reachable`, `key accepted`, `first token`. */
  name: string;
  isOk: boolean;
  /** What was found, with figures. */
  found: string;
  /** What to do; only if it is not ok. */
  hint?: string;
}
