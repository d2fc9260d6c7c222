/**
 * One open card for the listener, which keeps it open, and for recordings. While the listener has it open, the newest
 * samples are stored, and a recording may begin with them (pre-roll): speech is recognised only after it has begun.
 * Without the listener nothing is stored, and a recording gets the card's samples as they come.
 */
import type { QueueMetrics } from '../../src/core/actor/queue-metrics.ts';
import type { MicrophoneHandlers, OpenMicrophone } from '../sound/port.ts';
import { SharedCard, type SharedCardOptions } from './shared-card.ts';

/**
 * Longer than the time from the beginning of speech until its recording begins: 120 ms to recognise it, or a wake word
 * and the delay of its engine, then 150 ms for the gateway's choice between devices; and the pre-roll.
 */
const STORED_MS = 3_000;
/** A trigger that has begun no recording by then never will: the next recording belongs to another. */
const ANNOUNCED_FOR_MS = 5_000;

export interface SharedMicrophone {
  /** For the listener: keeps the card open and stores its newest samples. */
  readonly listen: OpenMicrophone;
  /** For recordings. */
  readonly record: OpenMicrophone;
  /** The next recording begins with the sample of this time, if it is stored. Undefined: when it is opened. */
  beginNextAt(atMs: number | undefined): void;
  /** The root mean square of the stored samples between these times, 0 to 1. */
  levelBetween(fromMs: number, toMs: number): number;
  /** `sent`: pre-roll that recordings got. `dropped`: pre-roll that was not stored any more. */
  stats(): QueueMetrics;
}

export function createSharedMicrophone(options: SharedCardOptions): SharedMicrophone {
  const { clock } = options;
  let card: SharedCard | undefined;
  let announced: { beginsAtMs: number; atMs: number } | undefined;
  let givenMs = 0;
  let missedMs = 0;

  function openCard(): SharedCard {
    if (!card || card.isOver) card = new SharedCard(options);
    return card;
  }

  function takeBeginning(): number | undefined {
    const taken = announced;
    announced = undefined;
    return taken && clock.now() - taken.atMs <= ANNOUNCED_FOR_MS ? taken.beginsAtMs : undefined;
  }

  function onStoredGiven(given: number, missed: number): void {
    givenMs += given;
    missedMs += missed;
  }

  return {
    listen: (handlers) => openCard().join({ handlers, storesMs: STORED_MS }),
    record: (handlers: MicrophoneHandlers) => openCard().join({ handlers, beginsAtMs: takeBeginning(), onStoredGiven }),
    beginNextAt(beginsAtMs) {
      announced = beginsAtMs === undefined ? undefined : { beginsAtMs, atMs: clock.now() };
    },
    levelBetween(fromMs, toMs) {
      let squares = 0;
      let count = 0;
      card?.ring?.read(fromMs, (samples, lastSampleAtMs) => {
        if (lastSampleAtMs > toMs) return;
        for (const sample of samples) squares += sample * sample;
        count += samples.length;
      });
      return count > 0 ? Math.sqrt(squares / count) / FULL_SCALE : 0;
    },
    stats: () => ({
      ...{ name: 'pre-roll', unit: 'ms', limit: STORED_MS },
      ...{ depth: card?.ring?.depthMs ?? 0, sent: Math.round(givenMs), dropped: Math.round(missedMs) },
    }),
  };
}

const FULL_SCALE = 32_768;
