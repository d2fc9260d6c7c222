/**
 * Joins quiet windows into stretches of silence. Pure.
 */
export interface Stretch {
  fromMs: number;
  toMs: number;
}

export interface SilenceDetector {
  /** The next window. */
  add(isQuiet: boolean): void;
  /** The stretches that are long enough, up to now; only the first of them if there are very many. */
  stretches(): Stretch[];
  /** Duration of all of them. */
  silentMs(): number;
}

/** Enough for hours of speech. */
const MAX_LISTED = 10_000;

export function createSilenceDetector(windowMs: number, minMs: number): SilenceDetector {
  const found: Stretch[] = [];
  let windows = 0;
  let quietFrom: number | undefined;
  let endedMs = 0;

  function current(): Stretch[] {
    if (quietFrom === undefined || (windows - quietFrom) * windowMs < minMs) return [];
    return [{ fromMs: quietFrom * windowMs, toMs: windows * windowMs }];
  }

  return {
    add(isQuiet) {
      if (!isQuiet) {
        const ended = current();
        endedMs += lasting(ended);
        if (found.length < MAX_LISTED) found.push(...ended);
        quietFrom = undefined;
      } else quietFrom ??= windows;
      windows += 1;
    },
    stretches: () => [...found, ...current()],
    silentMs: () => endedMs + lasting(current()),
  };
}

function lasting(stretches: Stretch[]): number {
  return stretches.reduce((ms, { fromMs, toMs }) => ms + toMs - fromMs, 0);
}
