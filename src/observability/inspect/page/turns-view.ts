/**
 * The turns, the newest first: when each began (which shows that moment), its latency, and what was said and heard.
 */
import type { TurnReport } from '../../turn-report.ts';
import { byId, h } from './dom.ts';
import { clockText } from './names.ts';
import type { Timeline } from './timeline.ts';
import { createTurnSound } from './turn-sound.ts';
import { fullBarMs, turnStages } from './turn-stages.ts';

const TURNS_SHOWN = 30;

export interface TurnsView {
  show(timeline: Timeline): void;
}

/** @param onChosen the moment at which a turn began, which somebody wants to see */
export function createTurnsView(onChosen: (t: number) => void): TurnsView {
  const container = byId('latency');
  let shown = '';

  function row(report: TurnReport, endMs: number, fullMs: number, timeline: Timeline): HTMLElement {
    const startMs = Date.parse(report.startedAt) - timeline.wallMs(0);
    const { bar, figure, isOver, legend } = turnStages(report, fullMs);
    const time = h(
      'button',
      { type: 'button', class: 'when', title: 'Show this moment' },
      clockText(Date.parse(report.startedAt)),
    );
    time.onclick = () => onChosen(startMs);
    const { outcome, offline, transcript, reply } = report;
    const words = [transcript && `“${transcript}”`, reply.text && `→ “${reply.text}”`].filter(Boolean).join(' ');
    return h(
      'div',
      { class: isOver ? 'turn over' : 'turn' },
      time,
      h('span', { class: 'outcome' }, offline ? `${outcome}, offline` : outcome),
      bar,
      h('b', {}, figure),
      ...(words === '' ? [] : [h('p', { class: 'words' }, words)]),
      createTurnSound(timeline.entries, startMs, endMs),
      legend,
    );
  }

  return {
    show(timeline) {
      const turns = turnsIn(timeline);
      const key = turns.map(({ report }) => report.turnId).join();
      if (key === shown && shown !== '') return;
      shown = key;
      const fullMs = fullBarMs(turns.map(({ report }) => report));
      container.replaceChildren(
        ...(turns.length > 0
          ? turns.map(({ report, t }) => row(report, t, fullMs, timeline))
          : [h('p', { class: 'quiet' }, 'No turn has ended yet.')]),
      );
    },
  };
}

/** Also those after the moment that is shown: one can go there. */
function turnsIn({ entries }: Timeline): { report: TurnReport; t: number }[] {
  const turns: { report: TurnReport; t: number }[] = [];
  for (let i = entries.length - 1; i >= 0 && turns.length < TURNS_SHOWN; i--) {
    const entry = entries[i];
    if (entry?.k === 'turn') turns.push(entry);
  }
  return turns;
}
