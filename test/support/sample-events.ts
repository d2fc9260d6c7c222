/** What the actors of a turn report, for tests in which only the events count. */
export const INTERNAL_ERROR = { code: 'internal', message: 'it broke', hint: '' } as const;
/** With the number of frames. */
export const CAPTURED = { firstSampleAtMs: 0, lastSampleAtMs: 0, captureMs: 1, overflows: 0 };
export const STARTED = { atMs: 0, bufferedMs: 1, decodeMs: 1, outputLatencyMs: 0 };
export const PLAYED = {
  frames: 10,
  playedMs: 200,
  outMs: 200,
  underruns: 0,
  concealedMs: 0,
  lateFrames: 0,
  droppedFrames: 0,
  delayMs: 0,
};
