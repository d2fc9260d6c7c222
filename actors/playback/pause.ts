/**
 * A pause in the middle of a reply: silence without a click, and later the next sample, so that none is lost or played
 * twice. Pure: it stands between the jitter buffer and the card, and counts in samples.
 */

/** 5 ms of each fade: short enough for a syllable, long enough that no click is audible. */
export const PAUSE_FADE_SAMPLES = 80;

export class Pause {
  isPaused = false;
  /** How many steps of the fade are left until silence: {@link PAUSE_FADE_SAMPLES} at full level. */
  private level = PAUSE_FADE_SAMPLES;

  begin(): void {
    this.isPaused = true;
  }

  end(): void {
    this.isPaused = false;
  }

  /** How many of this many samples may be played now: fewer while it fades out, 0 during the pause. */
  room(samples: number): number {
    return this.isPaused ? Math.min(samples, this.level) : samples;
  }

  /** Fades the samples that are played: out at the beginning of a pause, in after it. */
  fade(samples: Int16Array, count: number): void {
    if (!this.isPaused && this.level === PAUSE_FADE_SAMPLES) return;
    const step = this.isPaused ? -1 : 1;
    for (let i = 0; i < count && this.level + step <= PAUSE_FADE_SAMPLES; i++) {
      this.level += step;
      samples[i] = Math.round(((samples[i] ?? 0) * this.level) / PAUSE_FADE_SAMPLES);
    }
  }
}
