import type { Patience } from '../../protocol/listening.ts';
import { contract, event, type TypesOf } from './contract.ts';
import { atMs, device, error, id } from './samples.ts';
import type { TurnStart } from './trigger.ts';

/**
 * What the listener looks for in the sound of the microphone:
 * - `nothing`: the microphone stays open, nothing is computed
 * - `wake`: the wake word
 * - `speech`: a person begins to speak
 * - `end`: the person of the current turn has finished. If he has not begun yet (after the wake word, or a key),
 *   `speech.started` comes when he does
 * - `interruption`: a person speaks while a reply plays
 */
export type Attention = 'nothing' | 'wake' | 'speech' | 'end' | 'interruption';

/** Speech that may begin a turn. `atMs`: its first sample, monotonic clock; the next recording begins before it (pre-roll). */
export interface SpeechStart extends TurnStart {
  atMs: number;
}

/** The microphone between and during turns: is somebody speaking, and has he finished? */
export const listenerContract = contract('listener', {
  receives: {
    'listener.open': event('open the microphone, and keep it open'),
    'listener.close': event('close the microphone at once'),
    'listener.attend': event<{ to: Attention; patience: Patience }>(
      'look for this from now on, and for nothing else; the same as before: only the patience is another',
      { to: 'speech', patience: 'normal' },
    ),
    'listener.hold': event('the person will probably go on: do not tell the end within this time from now on', {
      holdMs: 800,
    }),
    'listener.refuse': event('nobody spoke in the turn that speech began last: what sounded like it is the background'),
    'listener.mute': event('whether the microphone is muted: while it is, nothing can open it', { muted: false }),
  },
  sends: {
    'listener.opened': event('the microphone is open', { device }),
    'listener.failed': event('the microphone cannot be opened; tried again every second', { error }),
    'listener.lost': event('the card disappeared; the actor looks for it', { device }),
    'listener.recovered': event('the card is back', { device, missingMs: 0 }),
    'listener.ended': event('the recording in place of a microphone is over'),
    'listener.muted': event('true: the microphone is closed, and nothing can open it', { muted: true }),
    'wake.heard': event<SpeechStart & { word: string; score: number; levelDb: number }>('the wake word was said', {
      ...{ id, trigger: 'wake', startedAtMs: atMs, atMs, word: '', score: 1, levelDb: -20 },
    }),
    'speech.started': event<SpeechStart>('somebody begins to speak', { id, trigger: 'voice', startedAtMs: atMs, atMs }),
    /** `atMs`: the last sample of speech. */
    'speech.ended': event('the person has finished', { atMs, waitedMs: 500 }),
    'interruption.suspected': event('it sounds as if a person speaks over the reply', { atMs }),
    'interruption.confirmed': event<SpeechStart>('a person speaks over the reply', {
      ...{ id, trigger: 'voice', startedAtMs: atMs, atMs },
    }),
    'interruption.dismissed': event('it was no speech', { atMs }),
    /** `erleDb`: by how much the echo is reduced. */
    'echo.changed': event('the echo canceller has converged, or no longer removes the echo', {
      converged: true,
      erleDb: 20,
    }),
  },
});
export type ListenerContract = TypesOf<typeof listenerContract>;
