/**
 * The wake word engines by name. An engine is loaded when it is opened.
 */
import { EarshotError } from '../../src/core/errors.ts';
import type { OpenWakeEngine } from '../listening/wake-engine.ts';
import { parseEngineName, type WakeEngineName } from './engine-name.ts';
import type { WakeEngineOptions, WakeEngineProvider } from './provider.ts';

const WAKE_ENGINES: Readonly<Record<string, () => Promise<WakeEngineProvider>>> = {
  openwakeword: async () => (await import('./open-wake-word.ts')).openWakeWord,
  wyoming: async () => (await import('./wyoming-wake.ts')).wyomingWake,
};

type CommonOptions = Omit<WakeEngineOptions, 'target' | 'rule'>;

/** `name` as in `--wake-word`. A wrong one is found when it is opened, like a missing model. */
export function openWakeEngine(name: string, options: CommonOptions): OpenWakeEngine {
  return async (onWake, scope) => {
    const [provider, parsed] = await providerOf(name);
    return provider.open({ ...options, ...parsed })(onWake, scope);
  };
}

/** What a person should know at once: a wrong name, missing models. Not whether a server is there: it may come later. */
export async function checkWakeEngine(name: string, options: CommonOptions): Promise<void> {
  const [provider, parsed] = await providerOf(name);
  await provider.check({ ...options, ...parsed });
}

/** @throws EarshotError `usage` */
async function providerOf(name: string): Promise<[WakeEngineProvider, WakeEngineName]> {
  const parsed = parseEngineName(name);
  const load = Object.hasOwn(WAKE_ENGINES, parsed.engine) ? WAKE_ENGINES[parsed.engine] : undefined;
  if (load) return [await load(), parsed];
  const known = Object.keys(WAKE_ENGINES).join(', ');
  throw new EarshotError('usage', `There is no wake word engine ${parsed.engine}`, `There are: ${known}.`);
}
