/**
 * Talkers on a schedule, in a line that listens: what was said and when, beside what the device made of it.
 */
import type { TurnRecord } from '../../../machines/turn-record.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';
import type { RoomPlan } from '../../room/acoustics.ts';
import { distanceM, SPEED_OF_SOUND_M_S } from '../../room/impulse-response.ts';
import type { RoomLine } from '../../room/line.ts';
import type { Heard } from '../../room/room.ts';
import type { Spoken } from './speech.ts';

export interface Utterance {
  spoken: Spoken;
  said: Heard;
  /** Of its first and its last sound at the microphone. */
  fromMs: number;
  toMs: number;
}

export interface ScheduleOptions {
  plan: RoomPlan;
  levelDb: number;
  seed: number;
  /** Between the end of an utterance and the next one. */
  gapMs: readonly [least: number, most: number];
}

/** Says this now, from the talker's place. */
export function sayAt(
  line: RoomLine,
  spoken: Spoken,
  atMs: number,
  { plan, levelDb }: Pick<ScheduleOptions, 'plan' | 'levelDb'>,
): Utterance {
  const said = line.room.say(spoken.samples, { atMs, levelDb });
  const travelMs = (1_000 * distanceM(plan.talker, plan.microphone)) / SPEED_OF_SOUND_M_S;
  const base = said.fromMs + travelMs;
  return { spoken, said, fromMs: base + spoken.fromMs, toMs: base + spoken.toMs };
}

/** One after the other, whatever the device does. */
export async function sayAll(
  line: RoomLine,
  list: readonly Spoken[],
  options: ScheduleOptions,
  onSaid: (share: number) => void,
): Promise<Utterance[]> {
  const random = createRandom(options.seed);
  const utterances: Utterance[] = [];
  const [least, most] = options.gapMs;
  for (const [i, spoken] of list.entries()) {
    const utterance = sayAt(line, spoken, line.clock.now() + least + (most - least) * random(), options);
    utterances.push(utterance);
    await line.clock.run(utterance.toMs - line.clock.now());
    onSaid((i + 1) / list.length);
  }
  await line.clock.run(most);
  return utterances;
}

/** The turn in which its beginning was recorded. */
export function turnOf(utterance: Utterance, records: readonly TurnRecord[]): TurnRecord | undefined {
  return records.find(({ capture }) => {
    if (!capture) return false;
    return (
      capture.firstSampleAtMs <= utterance.fromMs && capture.lastSampleAtMs > (utterance.fromMs + utterance.toMs) / 2
    );
  });
}

/** The first turn that has some of it; of a sentence that was cut off, that with its beginning. */
export function firstTurnOf({ fromMs }: Utterance, records: readonly TurnRecord[]): TurnRecord | undefined {
  return records.find(({ capture }) => capture && capture.lastSampleAtMs > fromMs);
}

/** When the device took the utterance of this turn for ended; undefined if it did not. */
export function endedAtMs(line: RoomLine, { capture }: TurnRecord): number | undefined {
  return line.states.find(({ atMs, is }) => is === 'processing' && capture && atMs > capture.firstSampleAtMs)?.atMs;
}

/** Turns that begin while nobody speaks. */
export function falseStarts(line: RoomLine, utterances: readonly Utterance[]): TurnRecord[] {
  return line.records.filter((record) => {
    const atMs = line.beganAtMs(record);
    return !utterances.some(({ fromMs, toMs }) => atMs > fromMs - 200 && atMs < toMs + 300);
  });
}
