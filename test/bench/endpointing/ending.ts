/**
 * When an utterance ends, by the device's rule alone or with the gateway, played over a timeline.
 */
import { EndOfUtterance } from '../../../actors/assistant/endpointing/end-decision.ts';
import { createEndRule } from '../../../actors/listening/end-rule.ts';
import { createStartRule } from '../../../actors/listening/start-rule.ts';
import { FRAME_MS } from '../../../src/protocol/format.ts';
import type { Patience } from '../../../src/protocol/listening.ts';
import type { Timeline } from './timeline.ts';

/** One way between device and gateway; the way there is in the times that were measured. */
const NETWORK_MS = 10;
/** As long as it is the same, the start rule does not take it for a sound that decays. */
const ABOVE_DB = 20;

export interface Ending {
  endedAtMs: number;
  /** From the last sample of speech. Negative: the sentence was cut off. */
  afterMs: number;
}

export function endingOf(timeline: Timeline, patience: Patience, withGateway: boolean): Ending {
  const { deviceVoice, found, utterance } = timeline;
  const startRule = createStartRule();
  const endRule = createEndRule(patience);
  const gateway = new EndOfUtterance({ patience, knowsWords: true });
  const waiting = withGateway ? [...found] : [];
  let hasBegun = false;
  const end = (atMs: number) => ({ endedAtMs: atMs, afterMs: atMs - utterance.speechEndsAtMs });
  for (const [index, isVoice] of deviceVoice.entries()) {
    const nowMs = (index + 1) * FRAME_MS;
    for (let next = waiting[0]; next && next.atMs + 2 * NETWORK_MS <= nowMs; next = waiting[0]) {
      waiting.shift();
      const decision = 'voice' in next ? gateway.addVoice(next.voice) : gateway.addWords(next.words);
      if (decision?.type === 'hold') endRule.hold(decision.holdMs);
      else if (decision) return end(next.atMs + 2 * NETWORK_MS);
    }
    hasBegun ||= startRule.add(isVoice, nowMs, ABOVE_DB) !== undefined;
    if (hasBegun && endRule.add(isVoice, nowMs)) return end(nowMs);
  }
  return end(deviceVoice.length * FRAME_MS);
}
