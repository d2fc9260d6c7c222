/**
 * What is measured rather than told: processor, memory, queues, packets as rates, and what the audio thread says of itself.
 * Twice a second, and only while somebody inspects.
 */
import type { AudioFigures, AudioLevels } from '../audio-thread.ts';
import type { Clock } from '../clock.ts';
import type { Probe, QueueReading } from '../probe.ts';
import type { Entry, PacketHead } from './entries.ts';

const SAMPLE_INTERVAL_MS = 500;
/** Heads that wait for the next entry: half a second of the most that a line can carry, many times over. */
const HEADS_LIMIT = 500;
const MB = 1_024 * 1_024;

export interface Sampler {
  probe: Probe;
  levels(levels: AudioLevels): void;
  audio(figures: AudioFigures): void;
  packet(way: 'up' | 'down', head: PacketHead): void;
  roundTrip(ms: number): void;
  stop(): void;
}

export function startSampler(write: (entry: Entry) => void, clock: Clock, now: () => number): Sampler {
  const readers = new Set<() => readonly QueueReading[]>();
  const heads: Record<'up' | 'down', PacketHead[]> = { up: [], down: [] };
  let figures: AudioFigures | undefined;
  let roundTripMs: number | undefined;
  let lastCpu = process.cpuUsage();
  let lastMs = now();
  let timer = clock.setTimeout(sample, SAMPLE_INTERVAL_MS);

  function sample(): void {
    timer = clock.setTimeout(sample, SAMPLE_INTERVAL_MS);
    const t = now();
    const cpu = process.cpuUsage(lastCpu);
    const seconds = Math.max(0.001, (t - lastMs) / 1_000);
    lastCpu = process.cpuUsage();
    lastMs = t;
    writePackets(t);
    const { rss, heapUsed } = process.memoryUsage();
    write({
      k: 'sample',
      t,
      cpuMsPerS: round((cpu.user + cpu.system) / 1_000 / seconds),
      rssMb: round(rss / MB),
      heapMb: round(heapUsed / MB),
      ...(roundTripMs === undefined ? {} : { roundTripMs: round(roundTripMs) }),
      ...(figures?.playback ? { playback: figures.playback } : {}),
      queues: [...(figures?.queues ?? []), ...[...readers].flatMap((read) => read())],
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
    probe: {
      watch(read) {
        readers.add(read);
        return () => readers.delete(read);
      },
    },
    levels: ({ microphone, speaker }) =>
      write({
        k: 'levels',
        t: now(),
        ...(microphone ? { microphone: { rmsDb: round(microphone.rmsDb), peakDb: round(microphone.peakDb) } } : {}),
        ...(speaker ? { speaker: { rmsDb: round(speaker.rmsDb), peakDb: round(speaker.peakDb) } } : {}),
      }),
    audio(next) {
      figures = next;
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

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
