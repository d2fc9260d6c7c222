/**
 * A turn that a device sends again, because its gateway died: what another gateway has answered already is not answered a second time, because
 * an answer may act. Its answer is spoken again, as the cloud has its text; the device plays the part that it does not have. Where the cloud cannot
 * say whether it was answered, the turn fails.
 */
import { announce } from '../../actors/assistant/announcer.ts';
import type { ReplyVoice } from '../../actors/assistant/speech/reply-voice.ts';
import type { ToldStanding } from '../../actors/cloud/turn-standings.ts';
import type { Answer, Listener, Responder, ResponderTurn } from '../../actors/responder/responder.ts';
import { EarshotError } from '../core/errors.ts';
import type { AudioPacket } from '../protocol/packet.ts';

/**
 * From the end of the utterance until it must be known whether it was answered: a cloud's client has tried to reconnect three times by then, and of
 * the session's 15 s for an answer enough is left for one.
 */
export const STANDING_PATIENCE_MS = 8_000;

export interface AnsweredTurnsOptions {
  responder: Responder;
  /** Whether the device asks for this turn again, and this gateway does not know it. */
  isRepeated: (turnNumber: number) => boolean;
  /** What became of the turn; undefined: nobody has told before the signal. */
  standing: (id: string, signal: AbortSignal) => Promise<ToldStanding>;
  /** Undefined: this gateway cannot speak; the turn ends without an answer. */
  voice: Pick<ReplyVoice, 'reply'> | undefined;
}

/** The responder, but for turns that were answered elsewhere. */
export function withAnsweredTurns({ responder, isRepeated, standing, voice }: AnsweredTurnsOptions): Responder {
  function answered(
    turn: ResponderTurn,
    answer: Answer,
    { transcript, replyText }: NonNullable<ToldStanding>,
  ): Listener {
    answer.processing(transcript);
    if (voice && replyText) return announce(turn, replyText, answer, voice);
    return {
      hear({ final }) {
        if (final) answer.finish();
      },
      abort() {},
    };
  }

  function repeated(turn: ResponderTurn, answer: Answer): Listener {
    /** Until it is known who answers; the turn's limits bound it. */
    const heard: AudioPacket[] = [];
    let listener: Listener | undefined;
    const leaving = new AbortController();
    answer.scope.onEnd(() => leaving.abort());
    answer.scope.run(async () => {
      const told = await standing(turn.id, leaving.signal);
      if (told === undefined) throw untold();
      listener = told?.outcome === 'done' ? answered(turn, answer, told) : responder(turn, answer);
      const answering = listener;
      for (const packet of heard.splice(0)) answer.scope.run(async () => answering.hear(packet));
    });
    return {
      hear(packet) {
        if (listener) return listener.hear(packet);
        heard.push(packet);
        // Nobody has answered an utterance that goes on.
        if (packet.final) answer.scope.clock.setTimeout(() => leaving.abort(), STANDING_PATIENCE_MS);
      },
      abort: () => listener?.abort(),
      played: (report) => listener?.played?.(report),
    };
  }

  const wrapped: Responder = (turn, answer) =>
    isRepeated(turn.number) && !turn.announcement ? repeated(turn, answer) : responder(turn, answer);
  const { startsNothing, announces } = responder;
  return Object.assign(wrapped, {
    ...(startsNothing !== undefined && { startsNothing }),
    ...(announces !== undefined && { announces }),
  });
}

function untold(): EarshotError {
  const message = 'It is not known whether this turn was answered before: the cloud cannot be asked';
  return new EarshotError('cloud_unavailable', message, 'Ask again.');
}
