/**
 * Puts an echo canceller between a speaker and a microphone, both as the port of sound (actors/sound/port.ts). It is
 * chosen and loaded when an echo is first possible; as long as it is off, nothing is loaded or kept.
 */
import type { EchoMetrics } from '../../src/core/actor/audio-metrics.ts';
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { OpenMicrophone, OpenSpeaker } from '../sound/port.ts';
import { Convergence } from './convergence.ts';
import { createDelayEstimator, type DelayEstimator } from './delay.ts';
import { EchoLine } from './echo-line.ts';
import type { EchoState } from './echo-state.ts';
import type { ChosenCanceller, EchoCanceller } from './port.ts';
import { referenceOf } from './reference.ts';

export interface EchoCancellation {
  openMicrophone: OpenMicrophone;
  openSpeaker: OpenSpeaker;
  state: EchoState;
  /** Undefined as long as nothing was chosen. */
  metrics(): EchoMetrics | undefined;
  /** Releases the canceller. */
  close(): void;
}

export interface EchoCancellationOptions {
  openMicrophone: OpenMicrophone;
  openSpeaker: OpenSpeaker;
  /** Whether echoes are to be cancelled: the microphone is open during replies. */
  isOn(): boolean;
  /** Called once, when that is first so. */
  choose(): Promise<ChosenCanceller>;
}

export function createEchoCancellation(options: EchoCancellationOptions): EchoCancellation {
  const { openMicrophone, isOn, choose } = options;
  const { open: openSpeaker, reference } = referenceOf(options.openSpeaker, () => canceller !== undefined && isOn());
  const convergence = new Convergence();
  const delay: { samples?: number } = {};
  let chosen: ChosenCanceller | undefined;
  let isChoosing = false;
  let canceller: EchoCanceller | undefined;
  let estimator: DelayEstimator | undefined;
  let isClosed = false;
  let wasConverged = false;
  let onChange: ((state: EchoState) => void) | undefined;

  async function makeCanceller(): Promise<void> {
    isChoosing = true;
    try {
      chosen = await choose();
    } catch (error) {
      // It ends the scope, and is tried again in the next one.
      isChoosing = false;
      throw error;
    }
    if (!isClosed) canceller = chosen.create?.();
  }

  const state: EchoState = {
    get isConverged() {
      return convergence.isConverged;
    },
    get erleDb() {
      return convergence.erleDb;
    },
    get residual() {
      return convergence.residual;
    },
    onChange(listener) {
      onChange = listener;
    },
  };

  function tellChange(): void {
    if (convergence.isConverged === wasConverged) return;
    wasConverged = convergence.isConverged;
    onChange?.(state);
  }

  function lineFor(deliver: (samples: Int16Array, lastSampleAtMs: number) => void): EchoLine {
    return new EchoLine({
      ...{ reference, convergence, delay, deliver },
      canceller: () => canceller,
      estimator() {
        estimator ??= createDelayEstimator();
        return estimator;
      },
    });
  }

  return {
    openSpeaker,
    state,
    async openMicrophone(handlers, scope) {
      const line = lineFor((samples, atMs) => handlers.onSamples(samples, atMs));
      return await openMicrophone(
        {
          ...handlers,
          onSamples(samples, lastSampleAtMs) {
            if (isOn()) {
              if (!isChoosing) scope.run(makeCanceller);
              line.push(samples, lastSampleAtMs);
            } else {
              line.interrupt();
              handlers.onSamples(samples, lastSampleAtMs);
            }
            tellChange();
          },
          onOverflow() {
            line.interrupt();
            handlers.onOverflow();
          },
          onEnd() {
            line.interrupt();
            handlers.onEnd();
          },
        },
        scope,
      );
    },
    metrics() {
      if (!chosen) return undefined;
      const { isConverged, erleDb } = convergence;
      return { canceller: chosen.name, isConverged, erleDb, delayMs: (delay.samples ?? 0) / SAMPLES_PER_MS };
    },
    close() {
      isClosed = true;
      canceller?.close();
      canceller = undefined;
    },
  };
}
