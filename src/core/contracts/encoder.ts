import { contract, event, type TypesOf } from './contract.ts';
import { error, turn } from './samples.ts';

export interface EncoderSummary {
  frames: number;
  packets: number;
  bytes: number;
  /** Mean time to encode one frame. */
  encodeMs: number;
  /** Mean time that a frame waited for its packet to fill. */
  packetFillMs: number;
  /** Frames that were lost because the recording buffer was full. */
  droppedFrames: number;
}

/** The Opus encoder and the packetizer. */
export const encoderContract = contract('encoder', {
  receives: {
    'encoder.abort': event('discard the unfinished packet', { turn }),
    'encoder.hasten': event(
      'put each frame into a packet of its own for so long: the gateway decides by what it hears now',
      {
        turn,
        forMs: 500,
      },
    ),
  },
  sends: {
    'encoder.finished': event<EncoderSummary & { turn: number }>('the last packet of the turn was made', {
      turn,
      frames: 50,
      packets: 17,
      bytes: 3_000,
      encodeMs: 0,
      packetFillMs: 0,
      droppedFrames: 0,
    }),
    'encoder.overflow': event('the recording buffer was full, and the newest frames were lost; sent once a turn', {
      turn,
      droppedFrames: 1,
    }),
    'encoder.failed': event('Opus cannot be loaded, or returns an error', { turn, error }),
  },
});
export type EncoderContract = TypesOf<typeof encoderContract>;
