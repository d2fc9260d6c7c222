/**
 * A model that hears and speaks itself, with a fallback, which gets the whole utterance when the model fails before it has said or done something.
 */
import { EarshotError } from '../../../src/core/errors.ts';
import { badAnswer } from '../parts/errors.ts';
import type { SpeechToSpeech, SpokenOutput, SpokenTurn } from '../parts/speech-to-speech.ts';
import { limitedStream } from '../requests/limited-request.ts';
import type { ProviderGuard, Use } from './provider-guard.ts';

export function guardSpeechToSpeech(
  model: SpeechToSpeech,
  guard: ProviderGuard,
  fallback?: SpeechToSpeech,
): SpeechToSpeech {
  return {
    begin: (request, signal) => new GuardedTurn({ model, guard, fallback, request, signal }),
    close: () => model.close(),
  };
}

interface Guarded {
  model: SpeechToSpeech;
  guard: ProviderGuard;
  fallback: SpeechToSpeech | undefined;
  request: Parameters<SpeechToSpeech['begin']>[0];
  signal: AbortSignal;
}

class GuardedTurn implements SpokenTurn {
  readonly output: AsyncIterable<SpokenOutput>;
  readonly #guarded: Guarded;
  readonly #use: Use | EarshotError;
  readonly #ofModel = new AbortController();
  /** For the fallback. As long as the utterance, whose length is limited before it comes here (`turnBytes`). */
  readonly #pieces: [frames: readonly Uint8Array[], gapSamples: number][] = [];
  #turn: SpokenTurn | undefined;
  /** Why the fallback answers. */
  #failure: EarshotError | undefined;
  #onFinished: () => void = () => {};
  readonly #finished = new Promise<void>((resolve) => {
    this.#onFinished = resolve;
  });

  constructor(guarded: Guarded) {
    const { guard, request, signal, model } = guarded;
    this.#guarded = guarded;
    this.#use = guard.enter(request.device.name);
    if (this.#use instanceof EarshotError) this.#failure = this.#use;
    this.#attempt(() => {
      this.#turn = model.begin(request, AbortSignal.any([signal, this.#ofModel.signal]));
    });
    this.output = this.#answer();
  }

  push(frames: readonly Uint8Array[], gapSamples: number): void {
    if (this.#guarded.fallback) this.#pieces.push([frames, gapSamples]);
    this.#attempt(() => this.#turn?.push(frames, gapSamples));
  }

  finish(): void {
    this.#attempt(() => this.#turn?.finish());
    this.#onFinished();
  }

  heard(playedMs: number): void {
    this.#turn?.heard(playedMs);
  }

  async *#answer(): AsyncGenerator<SpokenOutput> {
    const { guard, fallback, request, signal } = this.#guarded;
    // Until then the person speaks, for as long as it takes.
    await this.#finished;
    if (!this.#failure) yield* this.#answerOfModel();
    if (!this.#failure || signal.aborted) return;
    if (!fallback) throw this.#failure;
    guard.countFallback();
    this.#turn = fallback.begin(request, signal);
    for (const [frames, gapSamples] of this.#pieces) this.#turn.push(frames, gapSamples);
    this.#turn.finish();
    yield* this.#turn.output;
  }

  async *#answerOfModel(): AsyncGenerator<SpokenOutput> {
    const { guard, signal } = this.#guarded;
    const { provider, clock, timeoutMs } = guard.options;
    const said: string[] = [];
    let hasBegun = false;
    try {
      const limits = { provider, clock, timeoutMs, signal, mayRetry: false };
      for await (const output of limitedStream(() => this.#turn?.output ?? nothing(), limits)) {
        if (output.type === 'transcript') said.push(output.text);
        else hasBegun = true;
        yield output;
      }
      if (!hasBegun && !signal.aborted) throw badAnswer(provider, 'it is empty');
      if (!signal.aborted) this.#settled?.succeeded();
    } catch (thrown) {
      this.#fail(thrown, said);
      if (hasBegun) throw this.#failure ?? thrown;
    } finally {
      this.#settled?.cancelled();
    }
  }

  get #settled(): Use | undefined {
    return this.#use instanceof EarshotError ? undefined : this.#use;
  }

  #attempt(work: () => void): void {
    if (this.#failure) return;
    try {
      work();
    } catch (thrown) {
      this.#fail(thrown);
    }
  }

  #fail(thrown: unknown, said: readonly string[] = []): void {
    if (this.#guarded.signal.aborted) return;
    this.#failure = this.#settled?.failed(thrown, said);
    this.#ofModel.abort(this.#failure);
    this.#turn = undefined;
  }
}

async function* nothing(): AsyncGenerator<never> {
  yield* [];
}
