/**
 * How long the conversation was in each of its states, in the turn that runs now or was the last.
 */
import type { Entry } from '../entries.ts';
import { valueText } from './names.ts';

/** Of machines/conversation.ts, in the order of a turn. */
export const TURN_STATES = ['idle', 'recording', 'streaming', 'processing', 'receiving', 'playing', 'error'] as const;
export type TurnState = (typeof TURN_STATES)[number];

export interface TurnStates {
  now: TurnState;
  /** When it was entered. */
  sinceMs: number;
  /** Of the states of the turn that it has left. */
  spentMs: Partial<Record<TurnState, number>>;
}

/** @param entries up to the moment that is shown @param conversation its number. Undefined: it has not started. */
export function turnStates(entries: readonly Entry[], shown: number, conversation: number): TurnStates | undefined {
  // Backwards: the turn is at the end. Each step with another state than the one after it ends a visit.
  const visits: { state: TurnState; fromMs: number }[] = [];
  for (let i = shown - 1; i >= 0; i--) {
    const entry = entries[i];
    if (entry?.k !== 'step' || entry.a !== conversation) continue;
    const state = TURN_STATES.find((each) => each === valueText(entry.value).split('.')[0]);
    if (!state) continue;
    const later = visits.at(-1);
    if (later?.state === state) later.fromMs = entry.t;
    else if (later && state === 'idle' && later.state !== 'idle') break;
    else visits.push({ state, fromMs: entry.t });
  }
  const [current] = visits;
  if (!current) return undefined;
  const spentMs: TurnStates['spentMs'] = {};
  for (const [i, { state, fromMs }] of visits.entries()) {
    const next = visits[i - 1];
    if (next) spentMs[state] = (spentMs[state] ?? 0) + next.fromMs - fromMs;
  }
  return { now: current.state, sinceMs: current.fromMs, spentMs };
}
