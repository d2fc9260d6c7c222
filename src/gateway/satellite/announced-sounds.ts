/**
 * The responder of a turn in which Home Assistant announces something: it says sounds, one after the other.
 */
import type { ReplyVoice } from '../../../actors/assistant/speech/reply-voice.ts';
import type { Answer, Listener, ResponderTurn } from '../../../actors/responder/responder.ts';
import { EarshotError } from '../../core/errors.ts';
import type { SoundFetch } from './fetched-sound.ts';
import type { Satellite, WantedAnnouncement } from './satellite.ts';
import { SpokenSound } from './spoken-sound.ts';

export interface AnnouncedSoundsOptions {
  wanted: WantedAnnouncement;
  turn: Pick<ResponderTurn, 'id' | 'device'>;
  answer: Answer;
  voice: Pick<ReplyVoice, 'audio'>;
  sounds: SoundFetch;
  satellite: Satellite | undefined;
}

/** The turn fails when a sound cannot be had: then the announcement was not made. */
export function announceSounds({ wanted, turn, answer, voice, sounds, satellite }: AnnouncedSoundsOptions): Listener {
  const ending = new AbortController();
  let isSpoken = false;
  let isHeard = false;
  answer.scope.onEnd(() => {
    ending.abort(new EarshotError('assistant_failed', 'The turn is over', ''));
    if (!isSpoken) satellite?.showIdle(turn.id);
  });
  answer.scope.run(async () => {
    const spoken = new SpokenSound(answer, () => satellite?.show('announcing', turn.id));
    for (const [index, url] of wanted.sounds.entries()) {
      // The text belongs to the last one: a signal comes before it.
      const text = index === wanted.sounds.length - 1 ? wanted.text : '';
      await spoken.samples(sounds.fetch(url, ending.signal), text, voice, turn.device);
    }
    // It may be complete before the empty utterance is: then the end of that ends the turn.
    isSpoken = true;
    if (isHeard) answer.finish();
  });
  return {
    hear({ final }) {
      isHeard ||= final;
      if (isHeard && isSpoken) answer.finish();
    },
    // The scope of the turn ends, and with it what is fetched.
    abort() {},
    played({ event }) {
      if (event === 'drained' || event === 'aborted') satellite?.showIdle(turn.id);
    },
  };
}
