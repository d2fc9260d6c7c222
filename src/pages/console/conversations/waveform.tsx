/**
 * The waveform of a recording, and where playback is in it: a slider for mouse, finger and keyboard.
 */
import { useEffect, useRef } from 'preact/hooks';
import { clockDurationText } from '../../design/formats.ts';
import { timeAfterKey, timeAt } from './waveform-peaks.ts';

interface WaveformProps {
  peaks: Float32Array;
  durationS: number;
  /** Where playback was when it was drawn. */
  atS: number;
  /** Where it is now: keys may follow each other faster than it is drawn. */
  nowS(): number;
  onSeek(toS: number): void;
  /** Space and Enter. */
  onToggle(): void;
}

const BAR_PX = 3;
const GAP_PX = 1;

export function Waveform({ peaks, durationS, atS, nowS, onSeek, onToggle }: WaveformProps) {
  const whole = useRef<HTMLCanvasElement>(null);
  const played = useRef<HTMLCanvasElement>(null);
  const slider = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const draw = () => {
      for (const { current } of [whole, played]) if (current) drawBars(current, peaks);
    };
    const resized = new ResizeObserver(draw);
    if (slider.current) resized.observe(slider.current);
    // The colours are those of the theme.
    const themed = new MutationObserver(draw);
    themed.observe(document.documentElement, { attributes: true });
    const scheme = matchMedia('(prefers-color-scheme: light)');
    scheme.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      themed.disconnect();
      scheme.removeEventListener('change', draw);
    };
  }, [peaks]);

  function seek(event: PointerEvent & { currentTarget: HTMLElement }): void {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    onSeek(timeAt(event.clientX - left, width, durationS));
  }

  function onKeyDown(event: KeyboardEvent): void {
    const toS = timeAfterKey(event.key, nowS(), durationS);
    const isToggle = event.key === ' ' || event.key === 'Enter';
    if (toS === undefined && !isToggle) return;
    event.preventDefault();
    if (toS === undefined) onToggle();
    else onSeek(toS);
  }

  return (
    <div
      class="waveform"
      ref={slider}
      role="slider"
      tabIndex={0}
      aria-label="Place in the recording"
      aria-valuemin={0}
      aria-valuemax={Math.round(durationS * 10) / 10}
      aria-valuenow={Math.round(atS * 10) / 10}
      aria-valuetext={`${clockDurationText(atS * 1_000)} of ${clockDurationText(durationS * 1_000)}`}
      style={{ '--played': durationS > 0 ? Math.min(1, atS / durationS) : 0 }}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        seek(event);
      }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && seek(event)}
    >
      <canvas ref={whole} />
      <canvas ref={played} class="played" />
    </div>
  );
}

/** In the colour of the element's text. */
function drawBars(canvas: HTMLCanvasElement, peaks: Float32Array): void {
  const { clientWidth, clientHeight } = canvas;
  const context = canvas.getContext('2d');
  if (!context || clientWidth === 0) return;
  canvas.width = clientWidth * devicePixelRatio;
  canvas.height = clientHeight * devicePixelRatio;
  context.scale(devicePixelRatio, devicePixelRatio);
  context.fillStyle = getComputedStyle(canvas).color;
  const bars = Math.max(1, Math.floor(clientWidth / (BAR_PX + GAP_PX)));
  for (let bar = 0; bar < bars; bar++) {
    const height = Math.max(2, loudestOf(peaks, bar, bars) * clientHeight);
    context.beginPath();
    context.roundRect(bar * (BAR_PX + GAP_PX), (clientHeight - height) / 2, BAR_PX, height, BAR_PX / 2);
    context.fill();
  }
}

function loudestOf(peaks: Float32Array, bar: number, bars: number): number {
  const from = Math.floor((bar * peaks.length) / bars);
  const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / bars));
  return peaks.subarray(from, to).reduce((max, peak) => Math.max(max, peak), 0);
}
