import { contract, event, type TypesOf } from './contract.ts';
import { atMs, device, error, turn } from './samples.ts';

export interface PlaybackStart {
  /** From the arrival of the first packet until its first sample was written to the card. */
  bufferedMs: number;
  /** Mean time to decode one frame. */
  decodeMs: number;
  /** From the write of a sample until the loudspeaker plays it, as the card reports. */
  outputLatencyMs: number;
}
export interface PlaybackSummary {
  frames: number;
  /** How much of the reply was played. */
  playedMs: number;
  /** How long that took: less where samples were removed to catch up, more where samples were inserted or concealed. */
  outMs: number;
  underruns: number;
  concealedMs: number;
  lateFrames: number;
  droppedFrames: number;
  /** From the arrival of the fastest packet until it was played, at the time of the last packet. */
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
/** Events of both the player and the playback machine. */
export const playbackEvents = {
  started: event('the first sample of the reply was written to the card', begun),
  drained: event('the card has played the last sample', played),
  aborted: event('playback was stopped', played),
};

/** The jitter buffer and the speaker. */
export const playerContract = contract('player', {
  receives: {
    'player.open': event('open the speaker for the reply of a turn', { turn, minChunks: 3 }),
    'player.pause': event('be silent, and keep the buffer', { turn }),
    'player.resume': event('go on where it was paused', { turn }),
    'player.abort': event('stop playback at once', { turn }),
  },
  sends: {
    'player.started': playbackEvents.started,
    'player.underrun': event('the buffer is empty', { turn }),
    'player.resumed': event('playback continues after an underrun', { turn, silenceMs: 0 }),
    /** `playedMs`: how much of the reply was played until then. */
    'player.paused': event('playback is paused', { turn, playedMs: 0 }),
    'player.continued': event('playback continues after a pause: it was told to, or the buffer is full', {
      turn,
      pausedMs: 0,
    }),
    'player.draining': event('the last packet of the reply is in the buffer', { turn }),
    'player.drained': playbackEvents.drained,
    'player.aborted': playbackEvents.aborted,
    'player.overflow': event('the playback buffer was full: the gateway sends faster than agreed; sent once a turn', {
      turn,
      droppedFrames: 1,
    }),
    'player.failed': event('the speaker cannot be opened or written', { turn, error }),
    'player.lost': event('the card disappeared; the actor looks for it', { turn, device }),
    'player.recovered': event('the card is back', { turn, device }),
  },
});
export type PlayerContract = TypesOf<typeof playerContract>;
