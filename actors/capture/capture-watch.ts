/**
 * Detects a microphone that is muted, or too loud, from the samples of a turn. Pure.
 */

import type { CaptureContract } from '../../src/core/contracts/index.ts';
import { createClippingDetector } from '../../src/core/signal/clipping.ts';
import { decibels } from '../../src/core/signal/decibels.ts';
import { createWindowLevels } from '../../src/core/signal/windows.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';

/**
 * The noise of a microphone is above −75 dB at 16 bit. One that is muted or not connected gives zeros, or ±1 (−90 dB).
 */
const MUTED_BELOW_DB = -80;
/** Checked at the start of a turn only: later, cards with noise suppression give zeros in pauses. */
const MUTED_FOR_MS = 2_000;
/** Shortest turn that is checked when it ends earlier. */
const MUTED_TURN_MS = 300;

const FULL_SCALE = 32_767;
/** A click may reach full scale. Five times mean that the gain is too high. */
const CLIPPED_RUNS = 5;
const MIN_CLIPPED_SAMPLES = 3;

export interface CaptureWatch {
  add(block: Int16Array): void;
  /** Ends the turn. */
  finish(): void;
}

export function createCaptureWatch(
  turn: number,
  warn: (warning: Extract<CaptureContract['sends'], { type: 'capture.clipping' | 'capture.silence' }>) => void,
): CaptureWatch {
  const levels = createWindowLevels(RECOMMENDED_FRAME_SIZE, FULL_SCALE + 1);
  let silentMs = 0;
  let hasSignal = false;
  let runs = 0;
  const clipping = createClippingDetector({
    fullScale: FULL_SCALE,
    minSamples: MIN_CLIPPED_SAMPLES,
    onRun() {
      runs += 1;
      if (runs === CLIPPED_RUNS) warn({ type: 'capture.clipping', turn, runs });
    },
  });

  function noteWindow(rms: number): void {
    if (decibels(rms) >= MUTED_BELOW_DB) hasSignal = true;
    silentMs += FRAME_MS;
    if (silentMs >= MUTED_FOR_MS) warnOfSilence();
  }

  function warnOfSilence(): void {
    if (hasSignal) return;
    hasSignal = true;
    warn({ type: 'capture.silence', turn, silentMs });
  }

  return {
    add(block) {
      clipping.add(block);
      if (!hasSignal) levels.add(block, noteWindow);
    },
    finish() {
      if (silentMs >= MUTED_TURN_MS) warnOfSilence();
    },
  };
}
