/**
 * Samples what is measured and not an event: processor, memory, queues, packets, and the metrics of the audio thread. Twice a second, and
 * only while the inspector runs. Also writes the wall clock's time when it was set.
 */

import type { AudioLevels, AudioMetrics } from '../../core/actor/audio-metrics.ts';
import type { QueueMetrics, QueueRegistry } from '../../core/actor/queue-metrics.ts';
import type { Clock } from '../../core/time/clock.ts';
import type { Entry, PacketHead } from './entries.ts';

/** Metrics of the audio thread trigger a sample, so that one wake-up serves both; without an audio thread, this interval does. */
const OWN_INTERVAL_MS = 1_000;
/** Packet heads that wait for the next entry: many times those of half a second. */
const HEADS_LIMIT = 500;
/** Samples between readings of the memory: it changes slowly, and the call is slow. */
const MEMORY_EVERY = 4;
const MB = 1_024 * 1_024;
/** A smaller step is the normal correction of a clock that NTP adjusts. */
const CLOCK_SET_MS = 100;

export interface Sampler {
  queues: QueueRegistry;
  audio(metrics: AudioMetrics): void;
  packet(way: 'up' | 'down', head: PacketHead): void;
  roundTrip(ms: number): void;
  stop(): void;
}

export function startSampler(write: (entry: Entry) => void, clock: Clock, now: () => number): Sampler {
  const readers = new Set<() => readonly QueueMetrics[]>();
  const heads: Record<'up' | 'down', PacketHead[]> = { up: [], down: [] };
  let metrics: AudioMetrics | undefined;
  let roundTripMs: number | undefined;
  let lastCpu = process.cpuUsage();
  let lastMs = now();
  let memory = process.memoryUsage();
  let samples = 0;
  let wallOffsetMs = Number.NaN;
  let timer = clock.setTimeout(sample, OWN_INTERVAL_MS);
  readWallClock(lastMs);

  function readWallClock(t: number): void {
    const wallMs = clock.wallNow();
    if (Math.abs(wallMs - t - wallOffsetMs) < CLOCK_SET_MS) return;
    wallOffsetMs = wallMs - t;
    write({ k: 'clock', t, wallMs });
  }

  function sample(): void {
    clock.clearTimeout(timer);
    timer = clock.setTimeout(sample, OWN_INTERVAL_MS);
    const t = now();
    const cpu = process.cpuUsage(lastCpu);
    const seconds = Math.max(0.001, (t - lastMs) / 1_000);
    lastCpu = process.cpuUsage();
    lastMs = t;
    readWallClock(t);
    writePackets(t);
    if (samples++ % MEMORY_EVERY === 0) memory = process.memoryUsage();
    write({
      k: 'sample',
      t,
      cpuMsPerS: round((cpu.user + cpu.system) / 1_000 / seconds),
      rssMb: round(memory.rss / MB),
      heapMb: round(memory.heapUsed / MB),
      ...(roundTripMs === undefined ? {} : { roundTripMs: round(roundTripMs) }),
      ...(metrics?.playback ? { playback: metrics.playback } : {}),
      ...(metrics?.guardMs === undefined ? {} : { guardMs: round(metrics.guardMs) }),
      queues: [...(metrics?.queues ?? []), ...[...readers].flatMap((read) => read())],
    });
  }

  function writePackets(t: number): void {
    const { up, down } = heads;
    if (up.length === 0 && down.length === 0) return;
    heads.up = [];
    heads.down = [];
    write({ k: 'packets', t, up, down });
  }

  return {
    queues: {
      watch(read) {
        readers.add(read);
        return () => readers.delete(read);
      },
    },
    audio(next) {
      metrics = next;
      for (const { atMs, microphone, speaker } of next.levels) {
        write({ k: 'levels', t: round(atMs), ...levelOf('microphone', microphone), ...levelOf('speaker', speaker) });
      }
      sample();
    },
    packet(way, head) {
      heads[way].push(head);
      if (heads[way].length >= HEADS_LIMIT) writePackets(now());
    },
    roundTrip(ms) {
      roundTripMs = ms;
    },
    stop() {
      clock.clearTimeout(timer);
      readers.clear();
    },
  };
}

function levelOf<Way extends keyof AudioLevels>(way: Way, level: AudioLevels[Way]): Pick<AudioLevels, Way> | object {
  return level ? { [way]: { rmsDb: round(level.rmsDb), peakDb: round(level.peakDb) } } : {};
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
