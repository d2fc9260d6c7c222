/**
 * A level in decibels, with the peak held for a moment. Call `show` as often as levels come: it writes two CSS variables, Preact draws nothing.
 *
 *   const meter = useRef<LevelMeterHandle>(null);  <LevelMeter label="Microphone" handle={meter} />  meter.current?.show(-23)
 */
import { Component, createRef, type RefObject } from 'preact';

/** What is shown as nothing: a quiet room. */
const FLOOR_DB = -60;
const PEAK_HELD_MS = 1_000;

export interface LevelMeterHandle {
  /** @param levelDb relative to full scale, 0 is the loudest */
  show(levelDb: number): void;
}

interface Props {
  label: string;
  handle: RefObject<LevelMeterHandle | null>;
}

export class LevelMeter extends Component<Props> implements LevelMeterHandle {
  readonly #bar = createRef<HTMLDivElement>();
  #peak = 0;
  #peakAtMs = 0;

  override componentDidMount(): void {
    this.props.handle.current = this;
  }

  override componentWillUnmount(): void {
    this.props.handle.current = null;
  }

  show(levelDb: number): void {
    const level = shareOf(levelDb);
    const nowMs = performance.now();
    if (level >= this.#peak || nowMs - this.#peakAtMs > PEAK_HELD_MS) {
      this.#peak = level;
      this.#peakAtMs = nowMs;
    }
    const bar = this.#bar.current;
    bar?.style.setProperty('--level', level.toFixed(3));
    bar?.style.setProperty('--peak', this.#peak.toFixed(3));
    bar?.setAttribute('aria-valuenow', String(Math.round(Math.max(FLOOR_DB, levelDb))));
  }

  override render() {
    return (
      // biome-ignore lint/a11y/useSemanticElements: the browser's <meter> cannot show a peak
      <div
        class="meter"
        ref={this.#bar}
        role="meter"
        aria-label={this.props.label}
        aria-valuemin={FLOOR_DB}
        aria-valuemax={0}
        aria-valuenow={FLOOR_DB}
      >
        <i />
      </div>
    );
  }
}

function shareOf(levelDb: number): number {
  return Math.min(1, Math.max(0, 1 - levelDb / FLOOR_DB));
}
