/**
 * A transcriber of a provider, with a fallback, which gets the whole utterance when the provider fails: its frames are kept until then.
 */
import { EarshotError } from '../../../src/core/errors.ts';
import type { Transcriber, Transcript, Utterance, UtteranceOptions } from '../parts/transcriber.ts';
import { limitedCall } from '../requests/limited-request.ts';
import type { ProviderGuard, Use } from './provider-guard.ts';

interface Piece {
  frames: readonly Uint8Array[];
  gapSamples: number;
}

/** `fallback` is made when it is first needed. */
export function guardTranscriber(
  transcriber: Transcriber,
  guard: ProviderGuard,
  fallback?: () => Promise<Transcriber>,
): Transcriber {
  return {
    begin: (options) => new GuardedUtterance({ transcriber, guard, fallback, options }),
    ...(transcriber.prepare && { prepare: () => transcriber.prepare?.() ?? Promise.resolve() }),
    close: () => transcriber.close(),
  };
}

interface Guarded {
  transcriber: Transcriber;
  guard: ProviderGuard;
  fallback: (() => Promise<Transcriber>) | undefined;
  options: UtteranceOptions;
}

class GuardedUtterance implements Utterance {
  readonly #guarded: Guarded;
  readonly #use: Use | EarshotError;
  readonly #provider = new AbortController();
  /** For the fallback. As long as the utterance, whose length is limited before it comes here (`turnBytes`). */
  #pieces: Piece[] = [];
  #utterance: Utterance | undefined;
  /** Why the fallback recognises it. */
  #failure: EarshotError | undefined;
  #standIn: Promise<Utterance> | undefined;

  constructor(guarded: Guarded) {
    const { guard, transcriber, options } = guarded;
    this.#guarded = guarded;
    this.#use = guard.enter(options.device);
    if (this.#use instanceof EarshotError) {
      this.#replace(this.#use);
      return;
    }
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#attempt(() => {
      this.#utterance = transcriber.begin(this.#optionsOfProvider());
    });
  }

  push(frames: readonly Uint8Array[], gapSamples: number): void {
    if (this.#guarded.fallback) this.#pieces.push({ frames, gapSamples });
    this.#attempt(() => this.#utterance?.push(frames, gapSamples));
    this.#passOn();
  }

  async finish(): Promise<Transcript> {
    const transcript = this.#failure ? undefined : await this.#recognised();
    if (transcript) return transcript;
    if (!this.#standIn) throw this.#failure ?? this.#guarded.options.signal.reason;
    const standIn = await this.#standIn;
    this.#passOn();
    return standIn.finish();
  }

  async #recognised(): Promise<Transcript | undefined> {
    const { guard, options } = this.#guarded;
    const { provider, clock, timeoutMs } = guard.options;
    const limits = { provider, clock, timeoutMs, signal: options.signal, mayRetry: false };
    try {
      const transcript = await limitedCall(() => this.#utterance?.finish() ?? Promise.reject(this.#failure), limits);
      if (typeof transcript?.text !== 'string') throw new TypeError('it returned no transcript');
      if (!(this.#use instanceof EarshotError)) this.#use.succeeded();
      return transcript;
    } catch (thrown) {
      this.#fail(thrown);
      return undefined;
    } finally {
      options.signal.removeEventListener('abort', this.#onAbort);
    }
  }

  /** The provider must not report anything once the fallback has its work. */
  #optionsOfProvider(): UtteranceOptions {
    const { onPartial, onPause, signal, ...options } = this.#guarded.options;
    return {
      ...options,
      signal: AbortSignal.any([signal, this.#provider.signal]),
      ...(onPartial && { onPartial: (partial) => this.#failure || onPartial(partial) }),
      ...(onPause && { onPause: (transcript) => this.#failure || onPause(transcript) }),
    };
  }

  #attempt(work: () => void): void {
    if (this.#failure) return;
    try {
      work();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #fail(thrown: unknown): void {
    if (this.#use instanceof EarshotError || this.#guarded.options.signal.aborted) return;
    this.#replace(this.#use.failed(thrown));
    this.#provider.abort(this.#failure);
  }

  #replace(failure: EarshotError): void {
    const { guard, fallback, options } = this.#guarded;
    this.#failure = failure;
    this.#utterance = undefined;
    if (!fallback) return;
    guard.countFallback();
    this.#standIn = fallback().then((transcriber) => {
      this.#utterance = transcriber.begin(options);
      this.#passOn();
      return this.#utterance;
    });
    // `finish` reports it.
    this.#standIn.catch(() => {});
  }

  /** What waits goes to the fallback. */
  #passOn(): void {
    if (!this.#failure || !this.#utterance) return;
    const pieces = this.#pieces;
    this.#pieces = [];
    for (const { frames, gapSamples } of pieces) this.#utterance.push(frames, gapSamples);
  }

  readonly #onAbort = (): void => {
    if (!(this.#use instanceof EarshotError)) this.#use.cancelled();
  };
}
