/**
 * Chooses the earcons: what the person must be told by a sound, because nothing else is heard at that time. It reads the
 * notifications of the conversation, and plays nothing while a reply is played.
 */
import type { Earcon } from '../../actors/earcons/earcons.ts';
import type { ConversationNotification } from '../../machines/conversation-context.ts';
import { followUpAfter } from '../../machines/listening-setup.ts';
import type { ListenSettings, MicrophoneState } from '../core/contracts/index.ts';
import type { Clock } from '../core/time/clock.ts';

/** A person who waits longer than this for an answer wonders whether he was understood. */
const THINKING_AFTER_MS = 1_200;

export interface EarconCueOptions {
  /** Undefined: those that play end. */
  play(name: Earcon | undefined): void;
  /** Undefined: all in a mode that listens; in push to talk, where a press needs no sound, only that an answer is awaited. */
  chosen: readonly Earcon[] | undefined;
  settings(): Pick<ListenSettings, 'mode' | 'followUpMs' | 'answerMs'>;
  clock: Clock;
}

export interface EarconCues {
  note(notification: ConversationNotification): void;
  close(): void;
}

export function createEarconCues({ play, chosen, settings, clock }: EarconCueOptions): EarconCues {
  let microphone: MicrophoneState = 'closed';
  /** The microphone was open for speech that begins a turn, at some time. */
  let hasListened = false;
  let thinking: unknown;

  function cue(name: Earcon): void {
    if (chosen ? chosen.includes(name) : hasListened) play(name);
  }

  function noteMicrophone(state: MicrophoneState): void {
    const before = microphone;
    microphone = state;
    const wasFollowUp = before === 'follow-up';
    hasListened =
      state === 'waiting' || state === 'follow-up' || wasFollowUp || (hasListened && settings().mode !== 'push');
    // The turn was cancelled, perhaps because another device answers.
    if (before === 'recording' && state === 'waiting') play(undefined);
    if (state === 'follow-up') cue('listening');
    // Who has begun to speak knows that he is heard; after a press or the wake word he waits for a sign.
    else if (state === 'recording' && !wasFollowUp && settings().mode !== 'voice') cue('listening');
    else if (wasFollowUp && (state === 'waiting' || state === 'closed')) cue('goodbye');
  }

  /** Where the microphone is opened for the answer, that is told. */
  function noteQuestion(): void {
    const opens = settings().mode === 'voice' || followUpAfter(settings(), { asks: true }) > 0;
    if (!opens && (chosen?.includes('question') ?? true)) play('question');
  }

  return {
    note(notification) {
      if (notification.type === 'microphone.changed') return noteMicrophone(notification.state);
      if (notification.type === 'answer.awaited') return noteQuestion();
      if (notification.type !== 'state.entered') return;
      const { state } = notification;
      if (state === 'error') cue('error');
      if (state === 'processing') thinking ??= clock.setTimeout(() => cue('thinking'), THINKING_AFTER_MS);
      else if (state !== 'receiving') {
        clock.clearTimeout(thinking);
        thinking = undefined;
      }
    },
    close: () => clock.clearTimeout(thinking),
  };
}
