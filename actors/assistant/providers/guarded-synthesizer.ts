/**
 * A synthesizer of a provider, with a fallback. Until the first sample another voice can speak the sentence; after it, the sentence fails.
 */
import { EarshotError } from '../../../src/core/errors.ts';
import { badAnswer } from '../parts/errors.ts';
import type { Pcm, SpeakOptions, Synthesizer } from '../parts/synthesizer.ts';
import { limitedStream } from '../requests/limited-request.ts';
import type { ProviderGuard } from './provider-guard.ts';

/** Of any voice; others are not speech, or no PCM at all. */
const MIN_RATE_HZ = 8_000;
const MAX_RATE_HZ = 48_000;

/** `fallback` is made when it is first needed. */
export function guardSynthesizer(
  synthesizer: Synthesizer,
  guard: ProviderGuard,
  fallback?: () => Promise<Synthesizer>,
): Synthesizer {
  async function* speak(text: string, options: SpeakOptions): AsyncGenerator<Pcm, void, undefined> {
    const failure = yield* speechOfProvider(text, options);
    if (!failure || options.signal.aborted) return;
    if (!fallback) throw failure;
    guard.countFallback();
    // The voice is one of the provider's.
    const { voice: _, ...others } = options;
    yield* (await fallback()).speak(text, others);
  }

  /** Returns why the fallback has to speak. */
  async function* speechOfProvider(
    text: string,
    options: SpeakOptions,
  ): AsyncGenerator<Pcm, EarshotError | undefined, undefined> {
    const { provider, clock, timeoutMs } = guard.options;
    const { signal, device } = options;
    const use = guard.enter(device);
    if (use instanceof EarshotError) return use;
    let hasBegun = false;
    try {
      const limits = { provider, clock, timeoutMs, signal, mayRetry: false };
      for await (const pcm of limitedStream(
        (inner) => synthesizer.speak(text, { ...options, signal: inner }),
        limits,
      )) {
        const wrong = whatIsWrong(pcm);
        if (wrong !== undefined) throw badAnswer(provider, wrong);
        if (pcm.samples.length === 0) continue;
        hasBegun = true;
        yield pcm;
      }
      if (!hasBegun && !signal.aborted) throw badAnswer(provider, 'it has no sound');
      if (!signal.aborted) use.succeeded();
      return undefined;
    } catch (thrown) {
      const error = use.failed(thrown, [text]);
      if (hasBegun) throw error;
      return error;
    } finally {
      // The consumer may stop at any time: then there is no verdict.
      use.cancelled();
    }
  }

  return {
    speak,
    ...(synthesizer.prepare && { prepare: () => synthesizer.prepare?.() ?? Promise.resolve() }),
    close: () => synthesizer.close(),
  };
}

/** A module of the user may return anything. */
function whatIsWrong({ samples, sampleRateHz, wordEndsMs }: Pcm): string | undefined {
  if (!(samples instanceof Int16Array)) return 'its samples are no Int16Array';
  if (wordEndsMs !== undefined && !areTimes(wordEndsMs)) return 'the ends of its words are no times that grow';
  const isRate = Number.isInteger(sampleRateHz) && sampleRateHz >= MIN_RATE_HZ && sampleRateHz <= MAX_RATE_HZ;
  return isRate ? undefined : `its sample rate is not between ${MIN_RATE_HZ} and ${MAX_RATE_HZ} Hz`;
}

function areTimes(endsMs: unknown): boolean {
  return Array.isArray(endsMs) && endsMs.every((each, i) => Number.isFinite(each) && each >= (endsMs[i - 1] ?? 0));
}
