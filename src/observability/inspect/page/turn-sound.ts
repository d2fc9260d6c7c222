/**
 * What was said and heard in a turn: its levels over time, above and below a line; with the audio itself (`--record-audio`) it can be played.
 */
import type { Entry } from '../entries.ts';
import { h, setText } from './dom.ts';
import { hasAudio, type PlayingTurn, playTurn } from './turn-audio.ts';

const FLOOR_DB = -60;
const BAR_PX = 2;
const GAP_PX = 1;
const HEIGHT_PX = 36;

export function createTurnSound(entries: readonly Entry[], startMs: number, endMs: number): HTMLElement {
  const within = entries.filter((entry) => 't' in entry && entry.t >= startMs && entry.t <= endMs);
  const levels = within.filter((entry) => entry.k === 'levels');
  const canvas = h('canvas', { role: 'img', 'aria-label': 'Levels of what was said, above, and heard, below' });
  const sound = h('div', { class: 'sound' }, canvas);
  new ResizeObserver(() => draw(canvas, levels, startMs, endMs)).observe(canvas);
  if (hasAudio(within)) sound.prepend(playButton(within));
  return sound;
}

function playButton(entries: readonly Entry[]): HTMLButtonElement {
  const button = h('button', { type: 'button', title: 'What was said, then what was heard' }, 'Play');
  let playing: PlayingTurn | undefined;
  const stopped = () => {
    playing = undefined;
    setText(button, 'Play');
  };
  button.onclick = () => {
    if (playing) return playing.stop();
    setText(button, 'Stop');
    playing = playTurn(entries, stopped, (error) => {
      stopped();
      button.title = error.message;
      setText(button, 'Failed');
    });
  };
  return button;
}

type Levels = Extract<Entry, { k: 'levels' }>;

function draw(canvas: HTMLCanvasElement, levels: readonly Levels[], startMs: number, endMs: number): void {
  const width = canvas.clientWidth;
  const context = canvas.getContext('2d');
  if (!context || width === 0) return;
  canvas.width = width * devicePixelRatio;
  canvas.height = HEIGHT_PX * devicePixelRatio;
  context.scale(devicePixelRatio, devicePixelRatio);
  const style = getComputedStyle(canvas);
  const columns = Math.max(1, Math.floor(width / (BAR_PX + GAP_PX)));
  const columnMs = Math.max(1, endMs - startMs) / columns;
  const middle = HEIGHT_PX / 2;
  for (const [way, colour, sign] of [
    ['microphone', '--series-1', -1],
    ['speaker', '--series-2', 1],
  ] as const) {
    const heights = new Float32Array(columns);
    for (const entry of levels) {
      const column = Math.min(columns - 1, Math.floor((entry.t - startMs) / columnMs));
      const share = Math.max(0, 1 - (entry[way]?.peakDb ?? FLOOR_DB) / FLOOR_DB);
      heights[column] = Math.max(heights[column] ?? 0, share);
    }
    context.fillStyle = style.getPropertyValue(colour);
    for (const [column, share] of heights.entries()) {
      const height = share * middle;
      context.fillRect(column * (BAR_PX + GAP_PX), sign < 0 ? middle - height : middle, BAR_PX, height);
    }
  }
  context.fillStyle = style.getPropertyValue('--line');
  context.fillRect(0, middle, width, 1);
}
