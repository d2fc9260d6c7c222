import { contract, event, type TypesOf } from './contract.ts';
import { atMs, device, error, turn } from './samples.ts';

export interface PlaybackStart {
  /** From the first packet's arrival until its first sample went to the card. */
  bufferedMs: number;
  /** Mean time to decode one frame. */
  decodeMs: number;
  /** From the card taking a sample until it is heard, as the card says. */
  outputLatencyMs: number;
}
export interface PlaybackSummary {
  frames: number;
  /** How much of the reply was played. */
  playedMs: number;
  /** How long that sounded: less where it was shortened to catch up, more where it was stretched or made up. */
  outMs: number;
  underruns: number;
  concealedMs: number;
  lateFrames: number;
  droppedFrames: number;
  /** From a packet's arrival until it was played, of the fastest packet, as it was when the last one came. */
  delayMs: number;
}

const begun: PlaybackStart & { turn: number; atMs: number } = {
  turn,
  atMs,
  bufferedMs: 0,
  decodeMs: 0,
  outputLatencyMs: 0,
};
const played: PlaybackSummary & { turn: number } = {
  turn,
  frames: 0,
  playedMs: 0,
  outMs: 0,
  underruns: 0,
  concealedMs: 0,
  lateFrames: 0,
  droppedFrames: 0,
  delayMs: 0,
};
/** What both the player and the playback machine say. */
export const playbackEvents = {
  started: event('the first sample of the reply was given to the card', begun),
  drained: event('the card has played the last sample', played),
  aborted: event('silent, as asked', played),
};

/** Jitter buffer and speaker. */
export const playerContract = contract('player', {
  receives: {
    'player.open': event('open the speaker for the reply of a turn', { turn, minChunks: 3 }),
    'player.abort': event('be silent at once', { turn }),
  },
  sends: {
    'player.started': playbackEvents.started,
    'player.underrun': event('the buffer ran empty', { turn }),
    'player.resumed': event('sound again after an underrun', { turn, silenceMs: 0 }),
    'player.draining': event('the last packet of the reply is in the buffer', { turn }),
    'player.drained': playbackEvents.drained,
    'player.aborted': playbackEvents.aborted,
    'player.overflow': event(
      'the playback buffer was full: the gateway sends faster than it was told to; told once a turn',
      {
        turn,
        droppedFrames: 1,
      },
    ),
    'player.failed': event('the speaker cannot be opened or written', { turn, error }),
    'player.lost': event('the card disappeared; it is looked for', { turn, device }),
    'player.recovered': event('the card is back', { turn, device }),
  },
});
export type PlayerContract = TypesOf<typeof playerContract>;
