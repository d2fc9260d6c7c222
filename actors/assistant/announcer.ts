/**
 * Speaks by itself: the responder of a turn for an announcement, and what a reminder says when it rings.
 */

import type { DeviceProfile } from '../../src/core/device-profile.ts';
import { encodeOpusFile } from '../../src/core/ogg/opus-file.ts';
import { RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import type { Listener, Responder, ResponderTurn } from '../responder/responder.ts';
import type { ReplyVoice } from './speech/reply-voice.ts';

type Voice = Pick<ReplyVoice, 'reply'>;

/** A responder that speaks announcements itself, and leaves all other turns to another one. */
export function withAnnouncer(responder: Responder, voice: Voice): Responder {
  const announcing: Responder = (turn, answer) =>
    turn.announcement ? announce(turn, turn.announcement.text, answer, voice) : responder(turn, answer);
  return responder.startsNothing === undefined
    ? announcing
    : Object.assign(announcing, { startsNothing: responder.startsNothing });
}

/** Answers a turn with this text, whatever was said in it. */
export function announce(
  { device }: Pick<ResponderTurn, 'device'>,
  text: string,
  answer: Parameters<Responder>[1],
  voice: Voice,
): Listener {
  const reply = voice.reply(device);
  answer.scope.run(async () => {
    answer.begin(text);
    reply.write(text);
    reply.end();
    for await (const part of reply.output) if (part.type === 'frames') answer.say(part.frames);
    // The reply may be complete before the empty utterance is: then the end of that ends the turn.
    isSpoken = true;
    if (isHeard) answer.finish();
  });
  let isSpoken = false;
  let isHeard = false;
  return {
    hear({ final }) {
      isHeard ||= final;
      if (isHeard && isSpoken) answer.finish();
    },
    abort: () => reply.abort(),
  };
}

/** An Ogg Opus file in which this text is spoken. Rejects when it cannot be. */
export async function speechFile(voice: Voice, device: DeviceProfile, text: string): Promise<Uint8Array> {
  const reply = voice.reply(device);
  reply.write(text);
  reply.end();
  const frames: Uint8Array[] = [];
  for await (const part of reply.output) if (part.type === 'frames') frames.push(...part.frames);
  return encodeOpusFile({ frames, samples: frames.length * RECOMMENDED_FRAME_SIZE });
}
