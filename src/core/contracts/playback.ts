import { contract, event, only, type TypesOf } from './contract.ts';
import { playbackEvents, playerContract } from './player.ts';
import { error, turn } from './samples.ts';
import { supervision } from './supervision.ts';

/** The machine of one reply's playback, above the player. */
export const playbackContract = contract('playback', {
  receives: {
    'playback.open': event('prepare for the reply of a turn', { turn }),
    'playback.abort': event('stop playback at once', { turn }),
    'playback.pause': event('be silent, and keep the buffer: a person may be speaking', { turn }),
    'playback.resume': event('go on where it was paused', { turn }),
    'playback.latency': event('the network latency changed', { roundTripMs: 50 }),
  },
  sends: {
    'playback.started': playbackEvents.started,
    'playback.underrun': event('the buffer is empty in the middle of the reply', { turn }),
    'playback.drained': playbackEvents.drained,
    'playback.aborted': playbackEvents.aborted,
    'playback.failed': event('the reply cannot be played', { turn, error }),
    ...only(playerContract.sends, 'player.overflow'),
    ...supervision,
  },
});
export type PlaybackContract = TypesOf<typeof playbackContract>;
