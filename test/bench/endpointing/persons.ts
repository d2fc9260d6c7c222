/**
 * People who pause for longer than others, in conversations: how many of their sentences are cut off, with waits that are learnt and without.
 * Each sentence is one that was measured, and its pause has a length of this person; so it needs no recogniser. Seeded.
 */
import { GOES_ON_WITHIN_MS, WaitFactors } from '../../../actors/assistant/endpointing/wait-factor.ts';
import { percentiles } from '../../../src/tools/latency/statistics.ts';
import { createRandom } from '../../../src/tools/simulation/random.ts';
import { pauseOfShare } from '../pausing/pause-lengths.ts';
import { endingOf, RESUMED_MS } from './ending.ts';
import type { Timeline } from './timeline.ts';

const CONVERSATIONS = 500;
const TURNS = 20;
const APART_MS = 10_000;

export interface PersonResult {
  cutPercent: number;
  p50Ms: number;
  p95Ms: number;
}

/** @param pausing 2: twice as long as others */
export function measurePerson(all: readonly Timeline[], pausing: number, isLearnt: boolean): PersonResult {
  const random = createRandom(1);
  const endings = new Map<string, ReturnType<typeof endingOf>>();
  const delaysMs: number[] = [];
  let cut = 0;

  function ending(index: number, factor: number): ReturnType<typeof endingOf> {
    const key = `${index} ${factor.toFixed(2)}`;
    const known = endings.get(key) ?? endingOf(all[index] as Timeline, 'normal', true, factor);
    endings.set(key, known);
    return known;
  }

  for (let conversation = 0; conversation < CONVERSATIONS; conversation++) {
    const factors = new WaitFactors();
    let nowMs = 0;
    for (let turn = 0; turn < TURNS; turn++) {
      nowMs += APART_MS;
      const utterance = factors.begin('', nowMs);
      const pauseMs = pausing * pauseOfShare(random());
      const { afterMs, waitedMs } = ending(Math.floor(random() * all.length), isLearnt ? utterance.factor : 1);
      const isCut = pauseMs > waitedMs - RESUMED_MS;
      utterance.end(nowMs);
      if (isCut) {
        cut += 1;
        factors.begin('', nowMs + GOES_ON_WITHIN_MS).end(nowMs + GOES_ON_WITHIN_MS);
      } else if (afterMs !== undefined) delaysMs.push(afterMs);
    }
  }
  const { p50, p95 } = percentiles(delaysMs) ?? { p50: Number.NaN, p95: Number.NaN };
  return { cutPercent: (100 * cut) / (CONVERSATIONS * TURNS), p50Ms: p50, p95Ms: p95 };
}
