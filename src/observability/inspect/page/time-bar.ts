/**
 * The time slider: live at its right end, earlier moments to the left; in a recording it can play.
 */
import type { Entry } from '../entries.ts';
import { byId, h, setText } from './dom.ts';
import { clockText } from './names.ts';
import type { Timeline } from './timeline.ts';

const STEPS = 1_000;

export interface TimeBar {
  show(): void;
  togglePause(): void;
  goLive(): void;
  step(ms: number): void;
  /** Called for each frame of the screen: moves a recording that plays. */
  tick(ms: number): void;
}

export function createTimeBar(timeline: Timeline, isReplay: () => boolean, changed: () => void): TimeBar {
  const slider = byId<HTMLInputElement>('time');
  const pause = byId<HTMLButtonElement>('pause');
  const live = byId<HTMLButtonElement>('live');
  const clock = byId('clock');
  const behind = byId('behind');
  const marks = byId('marks');
  let plays = false;
  let drawnMarks = '';

  function seek(t: number | undefined): void {
    timeline.seek(t);
    changed();
  }

  function togglePause(): void {
    if (!isReplay()) return seek(timeline.isLive ? timeline.endMs : undefined);
    plays = !plays;
    if (plays && (timeline.isLive || timeline.t >= timeline.endMs)) timeline.seek(timeline.startMs);
    changed();
  }

  function goLive(): void {
    plays = false;
    seek(undefined);
  }

  function showMarks(): void {
    const { startMs, endMs, entries } = timeline;
    const found = entries.filter((entry): entry is Extract<Entry, { k: 'mark' }> => entry.k === 'mark');
    const key = `${found.length} ${Math.round(startMs / 1_000)} ${Math.round(endMs / 1_000)}`;
    if (key === drawnMarks) return;
    drawnMarks = key;
    marks.replaceChildren(
      ...found.map(({ t, level, text }) => {
        const mark = h('i', { class: level, title: text });
        mark.style.setProperty('--at', String((t - startMs) / Math.max(1, endMs - startMs)));
        return mark;
      }),
    );
  }

  slider.oninput = () => {
    const { startMs, endMs } = timeline;
    plays = false;
    const share = Number(slider.value) / STEPS;
    seek(share >= 1 && !isReplay() ? undefined : startMs + (endMs - startMs) * share);
  };
  pause.onclick = togglePause;
  live.onclick = goLive;

  return {
    togglePause,
    goLive,
    step: (ms) => seek(Math.min(timeline.endMs, Math.max(timeline.startMs, timeline.t + ms))),
    tick(ms) {
      if (!plays) return;
      if (timeline.t + ms >= timeline.endMs) plays = false;
      seek(Math.min(timeline.endMs, timeline.t + ms));
    },
    show() {
      const { startMs, endMs, t, isLive } = timeline;
      const span = Math.max(1, endMs - startMs);
      const value = String(isLive ? STEPS : Math.round(((t - startMs) / span) * STEPS));
      if (slider.value !== value) slider.value = value;
      slider.setAttribute('aria-valuetext', t > 0 ? clockText(timeline.wallMs(t)) : '');
      setText(clock, t > 0 ? clockText(timeline.wallMs(t)) : '');
      setText(behind, isLive || t >= endMs ? '' : `−${((endMs - t) / 1_000).toFixed(1)} s`);
      setText(pause, isReplay() ? (plays ? 'Pause' : 'Play') : isLive ? 'Pause' : 'Go on');
      setText(live, isReplay() ? 'End' : 'Live');
      live.setAttribute('aria-pressed', String(isLive));
      showMarks();
    },
  };
}
