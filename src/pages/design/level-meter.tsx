/**
 * A level in decibels, with the peak held for a moment. Call `show` as often as levels come: it writes two CSS variables, Preact draws nothing.
 *
 *   const meter = useRef<LevelMeterHandle>(null);  <LevelMeter label="Microphone" handle={meter} />  meter.current?.show(-23)
 */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** What is shown as nothing: a quiet room. */
const FLOOR_DB = -60;
const PEAK_HELD_MS = 1_000;

export interface LevelMeterHandle {
  /** @param levelDb relative to full scale, 0 is the loudest */
  show(levelDb: number): void;
}

export function LevelMeter({ label, handle }: { label: string; handle: RefObject<LevelMeterHandle | null> }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let peak = 0;
    let peakAtMs = 0;
    handle.current = {
      show(levelDb) {
        const level = shareOf(levelDb);
        const nowMs = performance.now();
        if (level >= peak || nowMs - peakAtMs > PEAK_HELD_MS) {
          peak = level;
          peakAtMs = nowMs;
        }
        bar.current?.style.setProperty('--level', level.toFixed(3));
        bar.current?.style.setProperty('--peak', peak.toFixed(3));
        bar.current?.setAttribute('aria-valuenow', String(Math.round(Math.max(FLOOR_DB, levelDb))));
      },
    };
    return () => {
      handle.current = null;
    };
  }, [handle]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: the browser's <meter> cannot show a peak
    <div
      class="meter"
      ref={bar}
      role="meter"
      aria-label={label}
      aria-valuemin={FLOOR_DB}
      aria-valuemax={0}
      aria-valuenow={FLOOR_DB}
    >
      <i />
    </div>
  );
}

function shareOf(levelDb: number): number {
  return Math.min(1, Math.max(0, 1 - levelDb / FLOOR_DB));
}
