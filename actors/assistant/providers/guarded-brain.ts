/**
 * A brain of a provider, with a fallback. Until the first word another brain can answer instead; after it, or after a tool has run, the turn fails.
 */
import { EarshotError } from '../../../src/core/errors.ts';
import type { Brain, BrainOutput, BrainRequest, PastConversation } from '../parts/brain.ts';
import { badAnswer } from '../parts/errors.ts';
import { limitedStream } from '../requests/limited-request.ts';
import type { ProviderGuard } from './provider-guard.ts';

/** `fallback` is made when it is first needed. */
export function guardBrain(brain: Brain, guard: ProviderGuard, fallback?: () => Promise<Brain>): Brain {
  async function* answer(request: BrainRequest, signal: AbortSignal): AsyncGenerator<BrainOutput, void, undefined> {
    const failure = yield* answerOfProvider(request, signal);
    if (!failure || signal.aborted) return;
    if (!fallback) throw failure;
    guard.countFallback();
    yield* (await fallback()).answer(request, signal);
  }

  /** Returns why the fallback has to answer. */
  async function* answerOfProvider(
    request: BrainRequest,
    signal: AbortSignal,
  ): AsyncGenerator<BrainOutput, EarshotError | undefined, undefined> {
    const { provider, clock, timeoutMs } = guard.options;
    const use = guard.enter(request.device.name);
    if (use instanceof EarshotError) return use;
    let hasBegun = false;
    try {
      const limits = { provider, clock, timeoutMs, signal, mayRetry: false };
      for await (const output of limitedStream((inner) => brain.answer(request, inner), limits)) {
        if (output.type === 'tool' || output.text !== '') hasBegun = true;
        yield output;
      }
      if (!hasBegun && !signal.aborted) throw badAnswer(provider, 'it is empty');
      if (!signal.aborted) use.succeeded();
      return undefined;
    } catch (thrown) {
      const error = use.failed(thrown, [request.text]);
      if (hasBegun) throw error;
      return error;
    } finally {
      // The consumer may stop at any time: then there is no verdict.
      use.cancelled();
    }
  }

  /** Within the cap and past the breaker like an answer; nothing answers instead. */
  async function summarize(conversation: PastConversation, signal: AbortSignal): Promise<string> {
    const use = guard.enter(conversation.device);
    if (use instanceof EarshotError) throw use;
    try {
      const text = (await brain.summarize?.(conversation, signal)) ?? '';
      use.succeeded();
      return text;
    } catch (thrown) {
      throw use.failed(
        thrown,
        conversation.messages.map(({ text }) => text),
      );
    } finally {
      use.cancelled();
    }
  }

  return {
    answer,
    ...(brain.summarize && { summarize }),
    ...(brain.prepare && { prepare: () => brain.prepare?.() ?? Promise.resolve() }),
    close: () => brain.close(),
  };
}
