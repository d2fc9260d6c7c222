/**
 * Speaks the answer of one utterance: the brain's text goes to the reply as it comes, the reply's frames and captions to the device.
 */
import type { ActorDefinition } from '../../../src/core/actor/actor.ts';
import type { SpeechContract } from '../../../src/core/contracts/index.ts';
import { type ErrorInfo, errorInfo } from '../../../src/core/errors.ts';
import { FRAME_MS } from '../../../src/protocol/format.ts';
import type { Answer } from '../../responder/responder.ts';
import { badAnswer } from '../parts/errors.ts';
import type { SpokenPart, SpokenReply } from '../speech/spoken-reply.ts';

export interface SpeechOptions {
  /** Creates the reply, to which the brain's text goes; called once. */
  createReply: () => Pick<SpokenReply, 'output' | 'abort'>;
  /** The apology for this error: one sentence and its frames. */
  apology: (error: ErrorInfo) => Promise<readonly SpokenPart[]>;
  answer: Pick<Answer, 'say' | 'caption' | 'reached'>;
  /** Each sentence when it is on its way. */
  onSentence: (text: string) => void;
}

export function defineSpeech({
  createReply,
  apology,
  answer,
  onSentence,
}: SpeechOptions): ActorDefinition<SpeechContract> {
  return (scope) => {
    const { send } = scope;
    let reply: ReturnType<SpeechOptions['createReply']> | undefined;
    /** Of the reply, with the apology. */
    let frames = 0;
    let captionFromMs = -1;
    let isReplyVoid = false;
    let isStopped = false;

    function open(): void {
      const opened = createReply();
      reply = opened;
      scope.run(() => speak(opened));
    }

    async function speak({ output }: Pick<SpokenReply, 'output'>): Promise<void> {
      try {
        for await (const part of output) {
          if (isReplyVoid) return;
          const isFirst = frames === 0 && part.type === 'frames';
          pass(part);
          if (isFirst) {
            answer.reached('firstAudio');
            send({ type: 'speech.started' });
          }
        }
        if (isReplyVoid) return;
        if (frames === 0) throw badAnswer('the synthesizer', 'there is no sound in it');
        send({ type: 'speech.done' });
      } catch (error) {
        if (!isReplyVoid) send({ type: 'speech.failed', error: errorInfo(error) });
      }
    }

    function pass(part: SpokenPart): void {
      if (part.type === 'frames') {
        frames += part.frames.length;
        return answer.say(part.frames);
      }
      answer.reached('firstSentence');
      // Two sentences may begin with the same frame: their times still grow.
      captionFromMs = Math.max(frames * FRAME_MS, captionFromMs + 1);
      answer.caption(part.text, captionFromMs);
      onSentence(part.text);
      send({ type: 'speech.sentence' });
    }

    function dropReply(): void {
      isReplyVoid = true;
      reply?.abort();
    }

    async function apologize(error: ErrorInfo): Promise<void> {
      try {
        const parts = await apology(error);
        if (isStopped) return;
        for (const part of parts) pass(part);
        send({ type: 'speech.apologized' });
      } catch (failure) {
        send({ type: 'speech.failed', error: errorInfo(failure) });
      }
    }

    return {
      receive(event) {
        if (event.type === 'speech.open') return open();
        dropReply();
        scope.run(() => apologize(event.error));
      },
      stop() {
        isStopped = true;
        dropReply();
      },
    };
  };
}
