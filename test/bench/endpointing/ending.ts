/**
 * When an utterance ends, by the device's rule alone or with the gateway, played over what both found in it.
 */
import { EndOfUtterance } from '../../../actors/assistant/endpointing/end-decision.ts';
import { createEndRule } from '../../../actors/listening/end-rule.ts';
import { createStartRule } from '../../../actors/listening/start-rule.ts';
import { FRAME_MS } from '../../../src/protocol/format.ts';
import type { Patience } from '../../../src/protocol/listening.ts';
import { chanceOfPause } from '../pausing/pause-lengths.ts';
import type { Findings, Timeline } from './timeline.ts';

/** One way between device and gateway; the way there is in the times that were measured. */
const NETWORK_MS = 10;
/** As long as it is the same, the start rule does not take it for a sound that decays. */
const ABOVE_DB = 20;
/** From the first sound after a pause until both sides know of it. So many sentences are cut off then as are counted. */
export const RESUMED_MS = 30;

export interface Ending {
  /** From the last sample of speech; undefined: the sentence was cut off. */
  afterMs: number | undefined;
  /** Where the person does not go on after the pause: from its begin to the end of the utterance. */
  waitedMs: number;
  /** How probable it is that this sentence is cut off in a pause at this place, of all lengths that pauses have. */
  cutChance: number;
  /** That, and the person goes on within so many ms after the end. */
  goesOnWithin(ms: number): number;
}

/** @param waitFactor of the gateway: this person was cut off before */
export function endingOf(
  { utterance, whole, untilPause }: Timeline,
  patience: Patience,
  withGateway: boolean,
  waitFactor = 1,
): Ending {
  const ended = (findings: Findings) => endedAtMs(findings, { patience, withGateway, waitFactor });
  const afterMs = ended(whole) - utterance.speechEndsAtMs;
  const waitedMs = ended(untilPause) - utterance.pauseBeginsAtMs;
  const cutChance = chanceOfPause(waitedMs - RESUMED_MS);
  return {
    ...{ afterMs: afterMs < 0 ? undefined : afterMs, waitedMs, cutChance },
    goesOnWithin: (ms) => cutChance - chanceOfPause(waitedMs + ms),
  };
}

interface Rule {
  patience: Patience;
  withGateway: boolean;
  waitFactor: number;
}

function endedAtMs({ deviceVoice, found }: Findings, { patience, withGateway, waitFactor }: Rule): number {
  const startRule = createStartRule();
  const endRule = createEndRule(patience);
  const gateway = new EndOfUtterance({ patience, knowsWords: true, waitFactor });
  const waiting = withGateway ? [...found] : [];
  let hasBegun = false;
  for (const [index, isVoice] of deviceVoice.entries()) {
    const nowMs = (index + 1) * FRAME_MS;
    for (let next = waiting[0]; next && next.atMs + 2 * NETWORK_MS <= nowMs; next = waiting[0]) {
      waiting.shift();
      const decision = 'voice' in next ? gateway.addVoice(next.voice) : gateway.addWords(next.hearings);
      if (decision?.type === 'hold') endRule.hold(decision.holdMs);
      else if (decision) return next.atMs + 2 * NETWORK_MS;
    }
    hasBegun ||= startRule.add(isVoice, nowMs, ABOVE_DB) !== undefined;
    if (hasBegun && endRule.add(isVoice, nowMs)) return nowMs;
  }
  return deviceVoice.length * FRAME_MS;
}
