/**
 * The interface of a wake word engine: it gets the sound of the microphone while the listener waits for the wake word,
 * and reports when it was said.
 */
import type { Scope } from '../../src/core/actor/scope.ts';

export interface WakeWord {
  /** Which of the engine's words. */
  word: string;
  /** How sure the engine is, 0 to 1. */
  score: number;
  /** The first and the last sample of the word, on the monotonic clock. */
  startedAtMs: number;
  endedAtMs: number;
}

export interface WakeEngine {
  /**
   * The next samples, in order; valid during the call only. `lastSampleAtMs`: when the last of them was recorded. Time that
   * is missing between two calls was not recorded, or nobody listened.
   */
  push(samples: Int16Array, lastSampleAtMs: number): void;
  /** Stops at once: `onWake` is not called any more. */
  close(): void;
}

/**
 * Loads the engine. Its timers, sockets and promises run in `scope`.
 *
 * @throws EarshotError (by rejection) when its models or its server are not there.
 */
export type OpenWakeEngine = (onWake: (wake: WakeWord) => void, scope: Scope) => Promise<WakeEngine>;
