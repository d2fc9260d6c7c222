/**
 * A turn that a device sends again, because its gateway died: what another gateway has answered already is not answered a second time. Its
 * answer is spoken again, as the cloud has its text; the device plays the part that it does not have.
 */
import { announce } from '../../actors/assistant/announcer.ts';
import type { ReplyVoice } from '../../actors/assistant/speech/reply-voice.ts';
import type { CloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import type { Answer, Listener, Responder, ResponderTurn } from '../../actors/responder/responder.ts';
import type { AudioPacket } from '../protocol/packet.ts';

/** What the cloud knows of a turn; undefined: nothing, or it cannot be asked. */
type Standing = Awaited<ReturnType<CloudRecorder['standing']>>;

export interface AnsweredTurnsOptions {
  responder: Responder;
  /** Whether the device asks for this turn again, and this gateway does not know it. */
  isRepeated: (turnNumber: number) => boolean;
  /** What became of the turn; soon, because a person waits. */
  standing: (id: string) => Promise<Standing>;
  /** Undefined: this gateway cannot speak; the turn ends without an answer. */
  voice: Pick<ReplyVoice, 'reply'> | undefined;
}

/** The responder, but for turns that were answered elsewhere. */
export function withAnsweredTurns({ responder, isRepeated, standing, voice }: AnsweredTurnsOptions): Responder {
  function answered(turn: ResponderTurn, answer: Answer, { transcript, replyText }: NonNullable<Standing>): Listener {
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
    answer.scope.run(async () => {
      const known = await standing(turn.id);
      listener = known?.outcome === 'done' ? answered(turn, answer, known) : responder(turn, answer);
      const answering = listener;
      for (const packet of heard.splice(0)) answer.scope.run(async () => answering.hear(packet));
    });
    return {
      hear(packet) {
        if (listener) return listener.hear(packet);
        heard.push(packet);
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
