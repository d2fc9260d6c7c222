/**
 * The process of the honest devices: all run turns at the same time, each beginning a little later than the one before.
 */
import { speechFrames } from '../support/wire-device.ts';
import { serveChild } from './child-process.ts';
import { type HonestResult, runTurns } from './honest-device.ts';
import type { PairedDevice } from './pairing.ts';

export interface HonestTask {
  gateway: string;
  floor: string;
  localAddress: string;
  devices: PairedDevice[];
  /** Each completes this many turns; Infinity: until it is stopped. */
  turns: number;
  /** Factor for all maximum durations. */
  slack: number;
}

/** Encoded before the attack begins. */
const frames = speechFrames();
const BETWEEN_DEVICES_MS = 230;
const PAUSE_MS = 700;

serveChild<HonestTask, HonestResult[]>(async ({ devices, ...task }, signal, ready) => {
  ready();
  return await Promise.all(
    devices.map(async (device, i) => {
      await new Promise((resolve) => setTimeout(resolve, i * BETWEEN_DEVICES_MS));
      return await runTurns({ ...device, ...task, frames, signal, pauseMs: PAUSE_MS });
    }),
  );
});
