/**
 * What stands around every provider that can fail or costs money: a circuit breaker, the cap of the day, counters, one line in the log for each
 * failure, and a sentence for the person.
 */
import { EarshotError, messageOf } from '../../../src/core/errors.ts';
import type { Log } from '../../../src/core/log/log.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import { AssistantError } from '../parts/errors.ts';
import type { PartName } from '../parts/provider.ts';
import type { ReportUsage } from '../parts/usage.ts';
import { CircuitBreaker, type CircuitState, type Permit } from './circuit-breaker.ts';
import type { Notices } from './notices.ts';
import { redact } from './redaction.ts';
import { costOf, type Prices, type Spending } from './spending.ts';

export interface GuardOptions {
  part: PartName;
  /** A name of the registry, or the path of a module. */
  provider: string;
  key?: (() => string | undefined) | undefined;
  /** In the currency of the configuration. */
  cap?: { perDeviceAndDay: number; prices: Prices } | undefined;
  /** From a request to its first result, and from one piece to the next. Infinity: no limit. */
  timeoutMs: number;
  /** Another provider answers instead. */
  hasFallback: boolean;
  clock: Clock;
  log: Log;
  spending: Spending;
  notices: Notices;
}

/** For /health, the inspector and the doctor. */
export interface ProviderStats {
  part: PartName;
  provider: string;
  circuit: CircuitState;
  requests: number;
  /** Requests that have not ended. */
  inFlight: number;
  failures: number;
  /** Requests that were not made: the provider had failed before, or the cap of the day was reached. */
  skipped: number;
  /** Answers of the fallback. */
  fallbacks: number;
}

/** One use of the provider. */
export interface Use {
  succeeded(): void;
  /** Returns what the person and the log may know. `said`: texts of the conversation, which do not belong in an error. */
  failed(thrown: unknown, said?: readonly string[]): EarshotError;
  cancelled(): void;
}

export class ProviderGuard {
  readonly options: GuardOptions;
  readonly #breaker: CircuitBreaker;
  readonly #counters = { requests: 0, inFlight: 0, failures: 0, skipped: 0, fallbacks: 0 };

  constructor(options: GuardOptions) {
    this.options = options;
    this.#breaker = new CircuitBreaker({ now: () => options.clock.now() });
  }

  stats(): ProviderStats {
    const { part, provider } = this.options;
    return { part, provider, circuit: this.#breaker.state, ...this.#counters };
  }

  readonly reportUsage: ReportUsage = (device, usage) => {
    const { cap, spending } = this.options;
    if (cap) spending.add(this.#name, device, costOf(usage, cap.prices));
  };

  /** An error: the provider must not be used for this device now. */
  enter(device: string): Use | EarshotError {
    const { cap, spending, part, provider } = this.options;
    if (cap && spending.today(this.#name, device) >= cap.perDeviceAndDay) {
      this.#skip(device, 'budget');
      const hint = 'It is used again after midnight; perDeviceAndDay in the configuration is the cap.';
      return new AssistantError(
        'assistant_budget',
        `${device} has used up its cap of today for the ${part} (${provider})`,
        hint,
      );
    }
    const permit = this.#breaker.enter();
    if (permit) return this.#use(device, permit);
    this.#skip(device, 'unreachable');
    return new AssistantError(
      'assistant_unreachable',
      `The ${part} (${provider}) failed several times, and is left alone for a while`,
      'earshot doctor says what is wrong with it.',
    );
  }

  /** The fallback answers. */
  countFallback(): void {
    this.#counters.fallbacks += 1;
  }

  #skip(device: string, why: 'budget' | 'unreachable'): void {
    this.#counters.skipped += 1;
    this.#tell(device, why);
  }

  #use(device: string, permit: Permit): Use {
    const { notices, log, part, provider, key } = this.options;
    this.#counters.requests += 1;
    this.#counters.inFlight += 1;
    let isOver = false;
    const end = () => {
      if (!isOver) this.#counters.inFlight -= 1;
      isOver = true;
    };
    return {
      succeeded: () => {
        end();
        permit.succeeded();
        notices.over(device, this.#name);
      },
      failed: (thrown, said = []) => {
        end();
        permit.failed();
        this.#counters.failures += 1;
        const error = cleanError(thrown, provider, [key?.(), ...said]);
        const { code, message, hint } = error;
        log.warn('a provider of the assistant failed', { part, provider, device, code, error: message, hint });
        const isSilent = code === 'assistant_unreachable' || code === 'assistant_timeout';
        this.#tell(device, isSilent ? 'unreachable' : 'failed');
        return error;
      },
      cancelled: () => {
        end();
        permit.cancelled();
      },
    };
  }

  /** Without a fallback the turn fails, and says so itself. */
  #tell(device: string, why: keyof typeof REASONS): void {
    const { hasFallback, notices, part } = this.options;
    if (hasFallback) notices.tell(device, this.#name, `${REASONS[why](PART_WORDS[part])}, so ${INSTEAD[part]}.`);
  }

  get #name(): string {
    return `${this.options.part} ${this.options.provider}`;
  }
}

const PART_WORDS: Record<PartName, string> = {
  transcriber: 'speech recognition',
  brain: 'language model',
  synthesizer: 'voice',
  realtime: 'language model',
};
const INSTEAD: Record<PartName, string> = {
  transcriber: 'I listen on my own',
  brain: 'I answer on my own',
  synthesizer: 'I use another one',
  realtime: 'I answer on my own',
};
const REASONS = {
  unreachable: (what: string) => `I can't reach my ${what}`,
  failed: (what: string) => `My ${what} does not work at the moment`,
  budget: (what: string) => `The budget of today for my ${what} is used up`,
};

function cleanError(thrown: unknown, provider: string, secrets: readonly (string | undefined)[]): EarshotError {
  if (!(thrown instanceof EarshotError)) {
    const message = `${provider} failed: ${redact(messageOf(thrown), secrets)}`;
    return new AssistantError('assistant_failed', message, 'See its log, or the code of the module.');
  }
  const message = redact(thrown.message, secrets);
  return message === thrown.message ? thrown : new EarshotError(thrown.code, message, thrown.hint);
}
