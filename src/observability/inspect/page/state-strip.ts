/**
 * The seven states of the conversation above the chart: the active one, and how long the last turn was in each.
 */
import { durationText } from '../../../pages/design/formats.ts';
import { byId, h, setText } from './dom.ts';
import type { Timeline } from './timeline.ts';
import { TURN_STATES, type TurnStates, turnStates } from './turn-states.ts';

export interface StateStrip {
  /** `nowMs` on the server's clock. */
  show(timeline: Timeline, nowMs: number): void;
}

export function createStateStrip(): StateStrip {
  const list = byId('states');
  const parts = TURN_STATES.map((state) => {
    const spent = h('b');
    const item = h('li', { 'data-conversation': state }, h('span', {}, state), spent);
    list.append(item);
    return { state, item, spent };
  });
  let seen = '';
  let found: TurnStates | undefined;

  return {
    show({ entries, shown, forgotten, state: actors }, nowMs) {
      const conversation = [...actors.actors.values()].find(({ chart }) => chart === 'conversation')?.a;
      const key = `${conversation} ${shown} ${forgotten}`;
      if (key !== seen) found = conversation === undefined ? undefined : turnStates(entries, shown, conversation);
      seen = key;
      list.hidden = found === undefined;
      if (!found) return;
      for (const { state, item, spent } of parts) {
        const isNow = found.now === state;
        const ms = isNow ? (found.spentMs[state] ?? 0) + Math.max(0, nowMs - found.sinceMs) : found.spentMs[state];
        setText(spent, ms === undefined ? '–' : durationText(ms));
        if (isNow) item.setAttribute('aria-current', 'step');
        else item.removeAttribute('aria-current');
      }
    },
  };
}
