/**
 * An answer by a model that hears and speaks itself: it stands in for the transcriber and the brain, and its audio for the synthesizer's.
 */
import type { ActorDefinition } from '../../../src/core/actor/actor.ts';
import type { Channel } from '../../../src/core/actor/channel.ts';
import type { ThinkingContract, TranscriptionContract } from '../../../src/core/contracts/index.ts';
import { errorInfo } from '../../../src/core/errors.ts';
import type { Answer } from '../../responder/responder.ts';
import { badAnswer } from '../parts/errors.ts';
import type { SpokenOutput, SpokenTurn } from '../parts/speech-to-speech.ts';
import type { ToolCall } from '../parts/tool.ts';
import type { SpokenAudio } from '../speech/spoken-audio.ts';
import type { UtteranceFrames } from './transcription.ts';

export interface HearingOptions {
  /** Opens the turn; called once. */
  begin: (signal: AbortSignal) => Promise<SpokenTurn>;
  utterance: Channel<UtteranceFrames>;
  answer: Pick<Answer, 'processing'>;
}

/** The model hears the utterance as it arrives. */
export function defineHearing({ begin, utterance, answer }: HearingOptions): ActorDefinition<TranscriptionContract> {
  return (scope) => {
    const abort = new AbortController();
    let turn: SpokenTurn | undefined;
    let isComplete = false;

    async function open(): Promise<void> {
      try {
        const opened = await begin(abort.signal);
        if (abort.signal.aborted) return;
        turn = opened;
        scope.receive(utterance, ({ frames, gapSamples }) => opened.push(frames, gapSamples));
        if (isComplete) finish(opened);
      } catch (error) {
        if (!abort.signal.aborted) scope.send({ type: 'transcription.failed', error: errorInfo(error) });
      }
    }

    function finish(opened: SpokenTurn): void {
      opened.finish();
      answer.processing();
      scope.send({ type: 'transcription.passed' });
    }

    scope.run(open);
    return {
      receive() {
        isComplete = true;
        if (turn) finish(turn);
      },
      stop: () => abort.abort(),
    };
  };
}

export interface SpeakingModelOptions {
  /** The turn, once it is open. */
  turn: () => SpokenTurn | undefined;
  /** Where its words and its audio go. */
  audio: () => SpokenAudio | undefined;
  answer: Pick<Answer, 'processing' | 'reached'>;
  onTranscript: (text: string) => void;
  onToolCall: (call: ToolCall) => void;
}

/** The model answers, when the utterance is complete. */
export function defineSpeakingModel(options: SpeakingModelOptions): ActorDefinition<ThinkingContract> {
  const { answer, onTranscript, onToolCall } = options;
  return (scope) => {
    let isOver = false;
    let ask = 0;
    let isBegun = false;

    async function read(): Promise<void> {
      try {
        for await (const output of options.turn()?.output ?? []) {
          if (isOver) return;
          take(output);
        }
        if (isOver) return;
        if (!isBegun) throw badAnswer('the model', 'it is empty');
        options.audio()?.end();
      } catch (error) {
        if (!isOver) scope.send({ type: 'thinking.failed', ask, error: errorInfo(error) });
      }
    }

    function take(output: SpokenOutput): void {
      if (output.type === 'tool') return onToolCall(output.call);
      if (output.type === 'transcript') {
        answer.reached('transcribed');
        answer.processing(output.text);
        return onTranscript(output.text);
      }
      if (!isBegun) {
        isBegun = true;
        answer.reached('firstToken');
        scope.send({ type: 'thinking.begun', ask });
      }
      if (output.type === 'text') options.audio()?.text(output.text);
      else options.audio()?.audio(output.pcm);
    }

    return {
      receive(event) {
        if (event.type === 'thinking.ask') ask = event.ask;
        else if (event.type === 'thinking.confirm') scope.run(read);
        else isOver = true;
      },
      stop() {
        isOver = true;
      },
    };
  };
}
