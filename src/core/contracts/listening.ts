import type { Interruption, ListenMode, Patience } from '../../protocol/listening.ts';
import { contract, event, only, type TypesOf } from './contract.ts';
import { type Attention, listenerContract } from './listener.ts';
import { networkContract } from './network.ts';
import { turn } from './samples.ts';
import { supervision } from './supervision.ts';
import { triggerContract } from './trigger.ts';

/** Settings of listening: of the command line, the operator or the local API; changeable at any time. */
export interface ListenSettings {
  mode: ListenMode;
  /** Without `voice`: after a reply, speech begins a turn for this long; 0: not. */
  followUpMs: number;
  /** With a wake word, and without `followUpMs`: the same after a reply that asks the person something; 0: not. */
  answerMs: number;
  patience: Patience;
  interruption: Interruption;
}

export const PUSH_TO_TALK: ListenSettings = {
  mode: 'push',
  followUpMs: 0,
  answerMs: 0,
  patience: 'normal',
  interruption: 'auto',
};

/**
 * What the person is told about the microphone:
 * - `closed`
 * - `waiting`: open; speech or the wake word begins a turn, or interrupts the reply or the work on it
 * - `recording`: what is said is sent to the gateway
 * - `paused`: open, but nothing is looked for while the answer is prepared or played
 * - `follow-up`: open for a few seconds after a reply; speech begins a turn
 * - `muted`: closed, and nothing can open it
 * - `failed`: it cannot be opened, or the card was lost
 */
export type MicrophoneState = 'closed' | 'waiting' | 'recording' | 'paused' | 'follow-up' | 'muted' | 'failed';

/** The machine of the microphone, above the listener: when it is open, and what is looked for in its sound. */
export const listeningContract = contract('listening', {
  receives: {
    'listening.configure': event<{ settings: ListenSettings }>('the settings have changed', {
      settings: { ...PUSH_TO_TALK, mode: 'voice' },
    }),
    'listening.mute': event('the person mutes or unmutes the microphone', { muted: true }),
    /** `replied`: it is idle because a reply was played to its end; `asks`: the reply asks the person something. */
    'conversation.entered': event<{ state: string; turn: number; replied: boolean; asks?: boolean }>(
      'the conversation is in this state',
      { state: 'idle', turn, replied: false },
    ),
    ...only(networkContract.sends, 'listen.hold', 'listen.end'),
  },
  sends: {
    ...triggerContract.sends,
    'reply.pause': event('a person may be speaking: pause the reply, keep its buffer', { turn }),
    'reply.resume': event('nobody spoke: the reply goes on where it was', { turn }),
    'microphone.changed': event<{ state: MicrophoneState }>('what the person is told', { state: 'waiting' }),
    'attention.changed': event<{ attention: Attention }>('what is looked for in the sound of the microphone', {
      attention: 'speech',
    }),
    ...only(
      listenerContract.sends,
      'listener.failed',
      'listener.lost',
      'listener.recovered',
      'listener.ended',
      'echo.changed',
    ),
    ...supervision,
  },
});
export type ListeningContract = TypesOf<typeof listeningContract>;
