import { contract, event, type TypesOf } from './contract.ts';
import { atMs, device, error, turn } from './samples.ts';

export interface CaptureSummary {
  frames: number;
  /** When the first and the last sample were recorded. */
  firstSampleAtMs: number;
  lastSampleAtMs: number;
  /** Mean time from a block's last sample until its frames were sent to the encoder. */
  captureMs: number;
  overflows: number;
}
export interface CaptureEnd extends CaptureSummary {
  turn: number;
  reason: 'stopped' | 'end-of-file';
}

/** The microphone. */
export const captureContract = contract('capture', {
  receives: {
    'capture.start': event('open the microphone for a turn', { turn }),
    'capture.stop': event('deliver the samples recorded so far, then close', { turn }),
    'capture.abort': event('close at once', { turn }),
  },
  sends: {
    'capture.started': event('the first frame was delivered', { turn, device, atMs }),
    'capture.ended': event<CaptureEnd>('the last frame was delivered', {
      turn,
      reason: 'stopped',
      frames: 50,
      firstSampleAtMs: atMs,
      lastSampleAtMs: atMs,
      captureMs: 0,
      overflows: 0,
    }),
    'capture.failed': event('the microphone cannot be opened or read', { turn, error }),
    'capture.lost': event('the card disappeared; the actor looks for it', { turn, device }),
    'capture.recovered': event('the card is back', { turn, device, missingMs: 0 }),
    'capture.clipping': event('the input is too loud and clips, this many times so far; sent once a turn', {
      turn,
      runs: 1,
    }),
    'capture.silence': event(
      'digital silence since the turn began, not even noise: the microphone may be muted; sent once a turn',
      {
        turn,
        silentMs: 1_000,
      },
    ),
  },
});
export type CaptureContract = TypesOf<typeof captureContract>;
