/**
 * A night of listening in a living room: eight simulated hours with noise, a television, people who talk to each other, and doors.
 */

import { type ListenSettings, PUSH_TO_TALK } from '../../../src/core/contracts/index.ts';
import { doorSlam, music, television } from '../../room/sounds.ts';
import { startVirtualLine, type VirtualLine, type VirtualLineOptions } from '../../room/virtual-line.ts';
import { loadWakeEngine } from '../../room/wake-engine.ts';
import { testModelsFolder } from '../../support/models.ts';
import { type BenchContext, silent, VOICE, WAKE } from './context.ts';
import type { Row } from './row.ts';
import type { SpeechSource } from './speech.ts';

const HOUR_MS = 3_600_000;
const HOURS = 8;
/** What is noted is counted, then forgotten, so that the memory is the device's. */
const STEP_MS = 60_000;
const SOFA = [4.4, 3.4, 1] as const;
const TELEVISION = [4.7, 0.4, 0.8] as const;
const DOOR = [0.3, 3.7, 1.2] as const;

interface Counted {
  turns: number;
  bytes: number;
  sentMs: number;
  /** Of the heap after a collection, once in a step. */
  heapMb: number[];
}

export async function night(context: BenchContext): Promise<Row[]> {
  const hours = context.isQuick ? 0.1 : HOURS;
  const push = await spend(context, PUSH_TO_TALK, hours);
  const voice = await spend(context, VOICE, hours);
  const growthMb = growth(voice.heapMb);
  return [
    {
      ...{ name: 'night, push: audio at the socket', measured: push.bytes, unit: 'bytes', goal: { atMost: 0 } },
      detail: `${hours} simulated hours`,
    },
    {
      ...{ name: 'night, voice: memory grows', measured: growthMb, unit: 'MB', goal: { atMost: 1 } },
      detail: `heap after a collection, mean of the last quarter less the second; ${push.heapMb.length > 0 ? '' : 'needs --expose-gc'}`,
    },
    {
      ...{ name: 'night, voice: sent', measured: voice.sentMs / 1_000 / hours, unit: 's an hour' },
      detail: `${voice.turns} turns, ${Math.round(voice.bytes / hours / 1_000)} kB an hour, device alone; a television for a quarter of the night, talk in the room for an eighth`,
    },
  ];
}

/** The same night with a wake word that nobody says. */
export async function wakeNight(context: BenchContext): Promise<Row[]> {
  const hours = context.isQuick ? 0.1 : HOURS;
  const engine = await loadWakeEngine(context.wakeWord, testModelsFolder);
  const { turns, bytes } = await spend(context, WAKE, hours, { openWakeEngine: engine.open });
  engine.close();
  return [
    {
      ...{ name: 'night, wake: false triggers', measured: turns, unit: '', goal: { atMost: 1 } },
      detail: `${hours} simulated hours, ${context.wakeWord}, ${bytes} bytes sent`,
    },
  ];
}

async function spend(
  { seed, speech, onProgress }: BenchContext,
  settings: ListenSettings,
  hours: number,
  more: Partial<VirtualLineOptions> = {},
): Promise<Counted> {
  const line = await startVirtualLine({
    settings,
    responder: silent,
    seed,
    noise: { colour: 'pink', levelDb: -62 },
    ...more,
  });
  furnish(line, speech, hours, seed);
  const counted: Counted = { turns: 0, bytes: 0, sentMs: 0, heapMb: [] };
  const steps = Math.round((hours * HOUR_MS) / STEP_MS);
  for (let step = 0; step < steps; step++) {
    await line.clock.run(STEP_MS);
    count(line, counted);
    onProgress(`night, ${settings.mode}`, (step + 1) / steps);
  }
  line.stop();
  return counted;
}

/** What sounds, and when: shares of the night. */
function furnish({ room, clock }: VirtualLine, speech: SpeechSource, hours: number, seed: number): void {
  const startMs = clock.now();
  const at = (share: number) => startMs + share * hours * HOUR_MS;
  const sentences = Array.from({ length: 30 }, () => speech.next().samples);
  room.repeat(television(sentences, seed), { atMs: at(0.1), toMs: at(0.35), levelDb: -42, from: TELEVISION });
  const talk = television(sentences.toReversed(), seed + 1);
  room.repeat(talk, { atMs: at(0.4), toMs: at(0.525), levelDb: -48, from: SOFA });
  room.repeat(music(60, seed), { atMs: at(0.55), toMs: at(0.675), levelDb: -50, from: TELEVISION });
  for (let share = 0.05; share < 1; share += 0.0625) {
    room.play(doorSlam(Math.round(share * 1_000)), { atMs: at(share), levelDb: -25, from: DOOR });
  }
}

function count(line: VirtualLine, counted: Counted): void {
  for (const { capture } of line.records) {
    counted.turns += 1;
    if (capture) counted.sentMs += capture.lastSampleAtMs - capture.firstSampleAtMs;
  }
  counted.bytes += line.sent.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const noted of [line.records, line.sent, line.states, line.told, line.notes]) noted.length = 0;
  line.encodedFrames.clear();
  if (!globalThis.gc) return;
  globalThis.gc();
  counted.heapMb.push(process.memoryUsage().heapUsed / 2 ** 20);
}

/** After the first quarter, in which code is compiled and buffers reach their size. */
function growth(heapMb: readonly number[]): number {
  const quarter = Math.floor(heapMb.length / 4);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return mean(heapMb.slice(-quarter)) - mean(heapMb.slice(quarter, 2 * quarter));
}
