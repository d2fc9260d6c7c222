/** A provider of wake word engines, which engines.ts finds by its name. */
import type { OpenWakeEngine } from '../listening/wake-engine.ts';
import type { WakeRule } from './wake-detector.ts';

/** A score of a wake word. `atMs`: of the last sample that it knows. */
export interface WakeScore {
  score: number;
  atMs: number;
}

export interface WakeEngineOptions {
  /** What the engine listens for, as it is written behind its name. */
  target: string;
  /** Settings that a person has made; for the others each engine has its own. */
  rule: Partial<WakeRule>;
  modelsFolder: string;
  /** Gets every score, for a person who tunes. Engines on a server have none. */
  onScore?: ((score: WakeScore) => void) | undefined;
}

export interface WakeEngineProvider {
  /** Finds out what is missing on this machine. @throws EarshotError `usage`, `models_missing`, `wake_model_invalid` */
  check(options: WakeEngineOptions): Promise<void>;
  /** @throws EarshotError `usage`: the target is none of this engine */
  open(options: WakeEngineOptions): OpenWakeEngine;
}
