/**
 * What a load test measures, in a form that adds up: over devices, processes and time. Distributions are sketches (convex/sketch.ts), so an hour takes
 * no more room than a second.
 */
import { addDuration, type Sketch } from '../../../convex/sketch.ts';

export interface LoadMeasures {
  turns: {
    started: number;
    /** By how they ended ({@link endOf}). Each turn that began is in it once, or has not ended yet. */
    over: Record<string, number>;
    /** Confirmed by the gateway; `inCloud`: by the cloud, too. */
    stored: number;
    inCloud: number;
    /** Arrivals for which no device was free. */
    skipped: number;
  };
  frames: { said: number; received: number; lost: number; duplicated: number; wrong: number };
  /** Errors of turns that did not end with them, by code: why a turn is delivered later, or is not delivered at all. */
  errors: Record<string, number>;
  connections: {
    attempts: number;
    /** Ends that the device did not want, by the code of their error. */
    lost: Record<string, number>;
    /** Attempts that failed, by the code of their error. */
    failed: Record<string, number>;
  };
  delayMs: {
    /** From the last frame of the utterance to the first one of the reply. Not of a reply that begins before. */
    reply: Sketch;
    /** `echo`: from the last frame of a packet to the same frame of the reply. */
    added: Sketch;
    /** From the end of the utterance to the confirmation that it is stored. */
    stored: Sketch;
    /** From dialling to the welcome, of the first connection of a device. */
    connect: Sketch;
    /** From the loss of a connection to the next welcome. */
    reconnect: Sketch;
  };
  /** How much later than planned this program sent its packets: what it adds to the delays itself. */
  lateMs: Sketch;
}

export function noMeasures(): LoadMeasures {
  return {
    turns: { started: 0, over: {}, stored: 0, inCloud: 0, skipped: 0 },
    frames: { said: 0, received: 0, lost: 0, duplicated: 0, wrong: 0 },
    errors: {},
    connections: { attempts: 0, lost: {}, failed: {} },
    delayMs: { reply: {}, added: {}, stored: {}, connect: {}, reconnect: {} },
    lateMs: {},
  };
}

export function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}

export function addDelay(sketch: Sketch, ms: number): void {
  addDuration(sketch, ms, 1);
}

/** Sums of all numbers, by their place. */
export function sumOfMeasures(...all: readonly LoadMeasures[]): LoadMeasures {
  const sum = noMeasures();
  for (const each of all) addNumbers(sum as unknown as Numbers, each as unknown as Numbers);
  return sum;
}

interface Numbers {
  [name: string]: number | Numbers;
}

function addNumbers(to: Numbers, from: Numbers): void {
  for (const [name, value] of Object.entries(from)) {
    if (typeof value === 'number') to[name] = ((to[name] as number | undefined) ?? 0) + value;
    else {
      to[name] ??= {};
      addNumbers(to[name] as Numbers, value);
    }
  }
}
