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
  #shownDb = FLOOR_DB;
  #peakDb = FLOOR_DB;
  #peakAtMs = 0;

  override componentDidMount(): void {
    this.props.handle.current = this;
  }

  override componentWillUnmount(): void {
    this.props.handle.current = null;
  }

  show(levelDb: number): void {
    // Whole decibels: less is not seen, and each change draws the page.
    const db = Math.round(Math.min(0, Math.max(FLOOR_DB, levelDb)));
    const nowMs = performance.now();
    const bar = this.#bar.current;
    if (db >= this.#peakDb || nowMs - this.#peakAtMs > PEAK_HELD_MS) {
      if (db !== this.#peakDb) bar?.style.setProperty('--peak', shareOf(db));
      this.#peakDb = db;
      this.#peakAtMs = nowMs;
    }
    if (db === this.#shownDb) return;
    this.#shownDb = db;
    bar?.style.setProperty('--level', shareOf(db));
    bar?.setAttribute('aria-valuenow', String(db));
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

function shareOf(db: number): string {
  return (1 - db / FLOOR_DB).toFixed(3);
}
