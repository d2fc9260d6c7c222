/** The checks of a provider for `earshot doctor`: steps, of which the first one that fails is the last. */
import { errorInfo } from '../../../src/core/errors.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import { badAnswer } from '../parts/errors.ts';
import type { ProviderCheck } from '../parts/provider.ts';

/** Name of a check → what it finds. @throws if it is not ok */
export type CheckSteps = Record<string, (signal: AbortSignal) => Promise<string>>;

export async function* checkSteps(part: { close(): Promise<void> }, steps: CheckSteps): AsyncGenerator<ProviderCheck> {
  const end = new AbortController();
  try {
    for (const [name, step] of Object.entries(steps)) {
      const check = await result(name, () => step(end.signal));
      yield check;
      if (!check.isOk) return;
    }
  } finally {
    end.abort();
    await part.close();
  }
}

async function result(name: string, look: () => Promise<string>): Promise<ProviderCheck> {
  try {
    return { name, isOk: true, found: await look() };
  } catch (error) {
    const { code, message, hint } = errorInfo(error);
    return { name: code === 'assistant_key_refused' ? 'key accepted' : name, isOk: false, found: message, hint };
  }
}

export async function timeToFirst(items: AsyncIterable<unknown>, clock: Clock): Promise<string> {
  const startMs = clock.now();
  for await (const _ of items) return `after ${Math.round(clock.now() - startMs)} ms`;
  throw badAnswer('the provider', 'it is empty');
}
