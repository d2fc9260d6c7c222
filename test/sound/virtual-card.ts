/**
 * naudiodon's binding over a card in virtual time: PortAudio requests 10 ms when the card has space, naudiodon has one
 * block that plays and one that is queued, and a write without space waits. The time of each sample is exact.
 */
import type { NativeStream, Naudiodon } from '../../actors/sound/naudiodon.ts';
import type { Clock } from '../../src/core/time/clock.ts';

const BLOCK_MS = 10;
/** The card has two blocks left when it requests the next one. */
const HOLDS_MS = 20;
/** The duration of a write that does not wait. */
const HANDOVER_MS = 0.3;

export interface VirtualCardOptions {
  clock: Clock;
  /** How much faster than the clock the card runs. */
  driftPpm?: number;
  takes?: (format: string) => boolean;
  defaultSampleRate?: number;
  /** The delay after which this process sees the end of a write. */
  seenLateMs?: () => number;
}

export interface VirtualCard {
  naudiodon: Naudiodon;
  /** The samples that it was given, and when their first one is played. */
  heard: { atMs: number; samples: Int16Array }[];
  readonly writes: number;
  /** Times that it had no samples to play. */
  readonly underflows: number;
  /** Given to it, and not in the card's own buffer yet. */
  readonly waitingMs: number;
  /** It takes nothing more, and reports nothing. */
  lose(): void;
  readonly quits: number;
}

export function virtualCard({
  clock,
  driftPpm = 0,
  takes = () => true,
  defaultSampleRate = 48_000,
  seenLateMs = () => 0,
}: VirtualCardOptions): VirtualCard {
  const heard: VirtualCard['heard'] = [];
  const blockMs = BLOCK_MS / (1 + driftPpm / 1e6);
  let playing: Int16Array = new Int16Array(0);
  let queued: Int16Array | undefined;
  let pending: { piece: Int16Array; resolve: (error: string | undefined) => void } | undefined;
  let needed = 0;
  let blockSamples = 0;
  let samplesPerMs = 16;
  let askedAtMs = 0;
  let isLost = false;
  let writes = 0;
  let underflows = 0;
  let untold = 0;
  let quits = 0;

  function ask(): void {
    if (isLost) return;
    needed = blockSamples;
    askedAtMs = clock.now();
    fill();
  }

  /** Continues with the requested block, as far as there are samples. */
  function fill(): void {
    while (needed > 0) {
      if (playing.length === 0) {
        if (queued === undefined) return;
        playing = queued;
        queued = undefined;
        const next = pending;
        pending = undefined;
        if (next) {
          queued = next.piece;
          answer(next.resolve);
        }
      }
      const samples = playing.subarray(0, needed);
      playing = playing.subarray(samples.length);
      const lateMs = clock.now() - askedAtMs;
      if (lateMs > HOLDS_MS) {
        underflows += 1;
        untold += 1;
      }
      const offsetMs = (blockSamples - needed) / samplesPerMs;
      heard.push({ atMs: (lateMs > HOLDS_MS ? clock.now() : askedAtMs) + HOLDS_MS + offsetMs, samples });
      needed -= samples.length;
    }
    // Late samples are caught up, unless the card ran out of them: then it starts again.
    const lateMs = clock.now() - askedAtMs;
    clock.setTimeout(ask, lateMs > HOLDS_MS ? blockMs : Math.max(0, blockMs - lateMs));
  }

  function answer(resolve: (error: string | undefined) => void): void {
    const error = untold > 0 ? 'portAudio status - output underflow ' : undefined;
    untold = 0;
    clock.setTimeout(() => resolve(error), seenLateMs());
  }

  const stream: NativeStream = {
    start: () => void clock.setTimeout(ask, blockMs),
    read: () => new Promise(() => {}),
    write: (bytes) =>
      new Promise((resolve) => {
        writes += 1;
        const piece = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
        if (queued !== undefined) {
          pending = { piece, resolve };
          return;
        }
        queued = piece;
        if (needed > 0) fill();
        clock.setTimeout(() => answer(resolve), HANDOVER_MS);
      }),
    async quit() {
      quits += 1;
    },
  };
  return {
    heard,
    get writes() {
      return writes;
    },
    get underflows() {
      return underflows;
    },
    get waitingMs() {
      return (playing.length + (queued?.length ?? 0) + (pending?.piece.length ?? 0)) / samplesPerMs;
    },
    get quits() {
      return quits;
    },
    lose() {
      isLost = true;
    },
    naudiodon: {
      getDevices: () => [
        {
          id: 0,
          name: 'virtual',
          maxInputChannels: 0,
          maxOutputChannels: 2,
          defaultSampleRate,
          hostAPIName: 'Virtual',
        },
      ],
      getHostAPIs: () => ({ defaultHostAPI: 0, HostAPIs: [{ defaultInput: 0, defaultOutput: 0 }] }),
      create(options) {
        if (!('outOptions' in options)) throw new Error('a speaker only');
        const { sampleRate, channelCount, framesPerBuffer } = options.outOptions;
        if (!takes(`${sampleRate}/${channelCount}`)) throw new Error('Invalid sample rate');
        blockSamples = framesPerBuffer * channelCount;
        samplesPerMs = (sampleRate * channelCount) / 1_000;
        return stream;
      },
    },
  };
}
