/** The wake word engine as the listener uses it: loaded when it is first needed, and tried again when it is not there. */
import type { Scope } from '../../src/core/actor/scope.ts';
import { EarshotError, errorFields } from '../../src/core/errors.ts';
import type { OpenWakeEngine, WakeEngine, WakeWord } from './wake-engine.ts';

const RETRY_MS = 1_000;

export interface WakeWatchOptions {
  /** Undefined: there is none. */
  openWakeEngine: OpenWakeEngine | undefined;
  onWake(wake: WakeWord): void;
  /** Once, until it is available. */
  onUnavailable(error: EarshotError): void;
  /** After it was unavailable. */
  onAvailable(): void;
}

export interface WakeWatch {
  /** From now on it is fed; loads it if necessary. */
  start(): void;
  /** From now on it hears nothing. It stays loaded. */
  stop(): void;
  add(block: Int16Array, lastSampleAtMs: number): void;
  close(): void;
}

export function createWakeWatch(options: WakeWatchOptions, scope: Scope): WakeWatch {
  const { openWakeEngine, onWake, onUnavailable, onAvailable } = options;
  let isListening = false;
  let isClosed = false;
  let isOpening = false;
  let wasUnavailable = false;
  let engine: WakeEngine | undefined;
  let retry: unknown;

  async function open(): Promise<void> {
    if (engine || isOpening) return;
    isOpening = true;
    try {
      if (!openWakeEngine) throw noEngine();
      const opened = await openWakeEngine(scope.guard(hear), scope);
      if (isClosed) return opened.close();
      engine = opened;
      if (wasUnavailable) onAvailable();
      wasUnavailable = false;
    } catch (error) {
      if (!(error instanceof EarshotError)) throw error;
      noteUnavailable(error);
    } finally {
      isOpening = false;
    }
  }

  function noteUnavailable(error: EarshotError): void {
    if (!wasUnavailable) onUnavailable(error);
    wasUnavailable = true;
    scope.log.debug('the wake word engine is not available', errorFields(error));
    if (isListening) retry = scope.clock.setTimeout(() => scope.run(open), RETRY_MS);
  }

  /** What it hears after it was told to stop comes from the samples before. */
  function hear(wake: WakeWord): void {
    if (isListening) onWake(wake);
  }

  function stop(): void {
    isListening = false;
    scope.clock.clearTimeout(retry);
  }

  return {
    start() {
      isListening = true;
      scope.clock.clearTimeout(retry);
      scope.run(open);
    },
    stop,
    add: (block, lastSampleAtMs) => engine?.push(block, lastSampleAtMs),
    close() {
      stop();
      isClosed = true;
      engine?.close();
      engine = undefined;
    },
  };
}

function noEngine(): EarshotError {
  return new EarshotError(
    'listening_unavailable',
    'There is no wake word engine',
    'Name one with --wake-word, or use --mode voice or push.',
  );
}
