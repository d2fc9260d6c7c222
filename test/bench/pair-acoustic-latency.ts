/** Acoustic latency of each variant, one after the other within a round, with cards that are exact to the sample. */

import { percentiles } from '../../src/tools/latency/statistics.ts';
import { LEARNING_TURNS, runAcousticLatency } from './acoustic-latency.ts';
import { bareNode, startTogether } from './children.ts';
import type { Round } from './paired.ts';
import type { PlainCards } from './plain-cards.ts';
import type { Variant } from './variants.ts';

export interface PairOptions {
  variants: readonly Variant[];
  cards: PlainCards;
  /** The address of one that echoes. */
  gateway: string;
  framesPerPacket: number;
  iterations: number;
  /** Processes that use all they can get of a core each. */
  busyCores: number;
}

export async function acousticLatencyInPairs(options: PairOptions): Promise<Round> {
  const { variants, cards, gateway, framesPerPacket, iterations, busyCores } = options;
  const { start, stopAll } = startTogether();
  try {
    for (let i = 0; i < busyCores; i++) start(bareNode('for (;;);'));
    const round: Round = {};
    for (const { name, cli, args } of variants) {
      const { heardMs, unexplainedMs, heardInTurnMs } = await runAcousticLatency({
        gateway,
        framesPerPacket,
        iterations,
        env: cards.env,
        cli,
        args,
      });
      // An earlier commit does not list its turns.
      const later = percentiles(heardInTurnMs.slice(LEARNING_TURNS));
      round[name] = {
        'mouth to ear p50, ms': heardMs.p50,
        'mouth to ear p95, ms': heardMs.p95,
        ...(later && { 'the same after three turns, ms': later.p95 }),
        'heard less reported, p50, ms': unexplainedMs.p50,
      };
    }
    return round;
  } finally {
    await stopAll();
  }
}
