/**
 * A room with a device in it, on any clock: a microphone and a speaker for the real audio pipeline, which hear and fill the same room.
 * Real time on the system's clock, hours in minutes on a virtual one. Times are those of the clock, in ms.
 */

import { demandBlock } from '../../actors/sound/demand.ts';
import { startPeriodicTimer } from '../../actors/sound/periodic-timer.ts';
import type { Microphone, OpenMicrophone, OpenSpeaker, SpeakerHandlers } from '../../actors/sound/port.ts';
import { EarshotError } from '../../src/core/errors.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import { SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import { Acoustics, type AcousticsOptions, BLOCK, type HeardBlock, type PlacedSound } from './acoustics.ts';
import type { Point } from './impulse-response.ts';

const BLOCK_MS = BLOCK / SAMPLES_PER_MS;
const MICROPHONE_BLOCKS = 2;
/** As a card's. */
const OUTPUT_LATENCY_MS = 30;

export interface RoomOptions extends AcousticsOptions {
  clock: Clock;
  /** How much faster both cards run than the clock. */
  cardPpm?: number;
  /** From loudspeaker to microphone, beside what the speaker tells and the path in the air: buffers that no driver admits. */
  hiddenDelayMs?: number;
  /** Gets each block that the microphone records. */
  tap?: (block: HeardBlock, atMs: number) => void;
}

/** When a sound arrives, from its first sample to its last. */
export interface Heard {
  fromMs: number;
  toMs: number;
  /** What of it is in the microphone, from `fromMs` on, if nothing else sounds. */
  samples(): Int16Array;
}

export interface Room {
  openMicrophone: OpenMicrophone;
  openSpeaker: OpenSpeaker;
  acoustics: Acoustics;
  /** A talker, from his place or another. */
  say(speech: Int16Array, options: { atMs: number; levelDb: number; from?: Point }): Heard;
  play(sound: ArrayLike<number>, options: { atMs: number; levelDb: number; from: Point }): Heard;
  repeat(sound: ArrayLike<number>, options: { atMs: number; toMs: number; levelDb: number; from: Point }): Heard;
  /** The microphone's card drops this much, and reports it. */
  overflow(ms: number): void;
  /** The speaker's card runs out of samples for so long. */
  underflow(ms: number): void;
  /** Both cards disappear; nothing can be opened until they are back. */
  lose(): void;
  restore(): void;
  isListening(): boolean;
  isPlaying(): boolean;
}

export function createRoom(options: RoomOptions): Room {
  const { clock, cardPpm = 0, hiddenDelayMs = 0, tap } = options;
  const acoustics = new Acoustics(options);
  const samplesPerMs = SAMPLES_PER_MS * (1 + cardPpm / 1e6);
  const startMs = clock.now();
  const indexOf = (atMs: number) => Math.round((atMs - startMs) * samplesPerMs);
  const msOf = (index: number) => startMs + index / samplesPerMs;
  const heard = ({ from, to, samples, gain }: PlacedSound): Heard => ({
    ...{ fromMs: msOf(from), toMs: msOf(to) },
    samples: () => Int16Array.from(samples, (sample) => toS16(gain * sample)),
  });
  let isGone = false;
  let droppedBlocks = 0;
  let microphone: { lose(): void } | undefined;
  let speaker: { lose(): void; handlers: SpeakerHandlers } | undefined;

  const lost = () => new EarshotError('device_lost', 'The room took the card away', 'Wait.');
  function findCard(): void {
    if (isGone) throw new EarshotError('device_not_found', 'There is no card in the room', 'Wait.');
  }

  const openMicrophone: OpenMicrophone = async (handlers, scope) => {
    findCard();
    const samples = new Int16Array(BLOCK * MICROPHONE_BLOCKS);
    const periodMs = samples.length / samplesPerMs;
    let next = indexOf(clock.now());
    let isFirst = true;
    const timer = startPeriodicTimer(scope.clock, periodMs, (dueAtMs) => {
      // The first block is complete only after its duration.
      if (isFirst) {
        isFirst = false;
        return;
      }
      // After a long stall of the process the timer begins anew.
      const isBehind = indexOf(dueAtMs) - next > 2 * samples.length;
      const from = isBehind ? indexOf(dueAtMs) - samples.length : next;
      next = from + samples.length;
      if (droppedBlocks > 0) {
        droppedBlocks -= 1;
        if (droppedBlocks === 0) handlers.onOverflow();
        return;
      }
      for (let i = 0; i < MICROPHONE_BLOCKS; i++) {
        const block = acoustics.hear(from + i * BLOCK);
        for (let k = 0; k < BLOCK; k++) samples[i * BLOCK + k] = toS16(block.microphone[k] ?? 0);
        tap?.(block, msOf(block.from));
      }
      handlers.onSamples(samples, msOf(next));
    });
    const opened: Microphone = {
      device: 'room',
      close() {
        timer.stop();
        microphone = undefined;
      },
    };
    microphone = {
      lose() {
        opened.close();
        handlers.onLost(lost());
      },
    };
    return opened;
  };

  const openSpeaker: OpenSpeaker = async (handlers, scope) => {
    findCard();
    const block = new Int16Array(BLOCK);
    const { driftPpm } = options.loudspeaker;
    const periodMs = BLOCK_MS / (1 + cardPpm / 1e6) / (1 + driftPpm / 1e6);
    let hasBegun = false;
    const timer = startPeriodicTimer(scope.clock, periodMs, (dueAtMs) => {
      if (!hasBegun) acoustics.loudspeaker.begin(indexOf(dueAtMs + OUTPUT_LATENCY_MS + hiddenDelayMs));
      hasBegun = true;
      demandBlock(handlers.onDemand, block, dueAtMs);
      acoustics.loudspeaker.give(block);
    });
    const close = () => {
      timer.stop();
      acoustics.loudspeaker.stop(indexOf(clock.now()));
      speaker = undefined;
    };
    speaker = {
      handlers,
      lose() {
        close();
        handlers.onLost(lost());
      },
    };
    return { device: 'room', outputLatencyMs: OUTPUT_LATENCY_MS, close };
  };

  return {
    openMicrophone,
    openSpeaker,
    acoustics,
    say: (speech, { atMs, ...rest }) => heard(acoustics.say(speech, { at: indexOf(atMs), ...rest })),
    play: (sound, { atMs, ...rest }) => heard(acoustics.play(sound, { at: indexOf(atMs), ...rest })),
    repeat: (sound, { atMs, toMs, ...rest }) =>
      heard(acoustics.repeat(sound, { at: indexOf(atMs), to: indexOf(toMs), ...rest })),
    overflow(ms) {
      droppedBlocks = Math.ceil(ms / BLOCK_MS / MICROPHONE_BLOCKS);
    },
    underflow(ms) {
      acoustics.loudspeaker.stall(Math.round(ms * samplesPerMs));
      speaker?.handlers.onUnderflow();
    },
    lose() {
      isGone = true;
      microphone?.lose();
      speaker?.lose();
    },
    restore() {
      isGone = false;
    },
    isListening: () => microphone !== undefined,
    isPlaying: () => speaker !== undefined,
  };
}

/** Rounds and clips, as a converter does. */
function toS16(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)));
}
