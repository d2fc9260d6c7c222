/**
 * The wake word engines by name. An engine is loaded when it is opened.
 */
import { EarshotError } from '../../src/core/errors.ts';
import type { OpenWakeEngine } from '../listening/wake-engine.ts';
import { parseEngineName } from './engine-name.ts';
import type { WakeEngineOptions, WakeEngineProvider } from './provider.ts';

const WAKE_ENGINES: Readonly<Record<string, () => Promise<WakeEngineProvider>>> = {
  openwakeword: async () => (await import('./open-wake-word.ts')).openWakeWord,
  wyoming: async () => (await import('./wyoming-wake.ts')).wyomingWake,
};

/**
 * `name` as in `--wake-word`. A wrong one is found when it is opened, like a missing model.
 */
export function openWakeEngine(name: string, options: Omit<WakeEngineOptions, 'target' | 'rule'>): OpenWakeEngine {
  return async (onWake, scope) => {
    const { engine, target, rule } = parseEngineName(name);
    const load = WAKE_ENGINES[engine];
    if (!load) {
      const known = Object.keys(WAKE_ENGINES).join(', ');
      throw new EarshotError('usage', `There is no wake word engine ${engine}`, `There are: ${known}.`);
    }
    return (await load()).open({ ...options, target, rule })(onWake, scope);
  };
}
