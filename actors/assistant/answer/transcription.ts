/**
 * The transcription of one utterance: its frames go to the transcriber as they arrive, its text to the machine and, as far as it is known,
 * to the device.
 */
import type { ActorDefinition } from '../../../src/core/actor/actor.ts';
import type { Channel } from '../../../src/core/actor/channel.ts';
import type { TranscriptionContract } from '../../../src/core/contracts/index.ts';
import type { DeviceProfile } from '../../../src/core/device-profile.ts';
import { errorInfo } from '../../../src/core/errors.ts';
import type { Answer } from '../../responder/responder.ts';
import type { Brain } from '../parts/brain.ts';
import type { PartialTranscript, Transcriber, Transcript } from '../parts/transcriber.ts';
import { withoutWakeWord } from './wake-phrase.ts';

/** Frames of the utterance, in order. */
export interface UtteranceFrames {
  frames: readonly Uint8Array[];
  gapSamples: number;
}

export interface TranscriptionOptions {
  transcriber: Transcriber;
  /** See `Brain.understands`. */
  understands?: ((text: string) => Promise<number>) | undefined;
  /** See `Brain.asMeant`. */
  asMeant?: Brain['asMeant'] | undefined;
  /** See `ResponderTurn.wakeWord`: it is not part of what was said. */
  wakeWord?: string | undefined;
  device: DeviceProfile;
  /** See `UtteranceOptions`. */
  isDistant: boolean;
  utterance: Channel<UtteranceFrames>;
  /** Known when the utterance is over: nobody spoke in it. */
  isNoise: () => boolean;
  /** What is answered if nothing was said: a noise has interrupted the answer to it. */
  interrupted: () => string | undefined;
  answer: Pick<Answer, 'partial' | 'processing' | 'reached'>;
  /** The text of the whole utterance, unless it is empty. */
  onTranscript: (text: string) => void;
  /** The text so far, in a pause, and its alternatives; again in the same pause when more was heard. */
  onPauseText: (text: string, alternatives: readonly string[]) => void;
}

export function defineTranscription(options: TranscriptionOptions): ActorDefinition<TranscriptionContract> {
  const { transcriber, understands, asMeant, wakeWord, device, isDistant, utterance } = options;
  const { isNoise, interrupted, answer, onTranscript, onPauseText } = options;
  return (scope) => {
    const { send } = scope;
    const abort = new AbortController();
    let pausedText: string | undefined;
    const said = (text: string) => (wakeWord === undefined ? text : withoutWakeWord(text, wakeWord)).trim();

    function onPartial(partial: PartialTranscript): void {
      const text = said(partial.text);
      answer.partial(text);
      // What is recognised may still grow by the words before the pause.
      if (pausedText === undefined || text.length <= pausedText.length) return;
      pausedText = undefined;
      send({ type: 'transcription.resumed' });
    }

    function onPause({ text, alternatives = [] }: Transcript): void {
      pausedText = said(text);
      send({ type: 'transcription.paused', text: pausedText });
      onPauseText(pausedText, alternatives.map(said));
    }

    async function finish(): Promise<void> {
      try {
        const heard = said((await speech.finish()).text);
        const text = isNoise() ? '' : heard;
        if (abort.signal.aborted) return;
        answer.reached('transcribed');
        answer.processing(text);
        if (text !== '') onTranscript(text);
        send({ type: 'transcription.done', text: text === '' ? (interrupted() ?? '') : text });
      } catch (error) {
        if (!abort.signal.aborted) send({ type: 'transcription.failed', error: errorInfo(error) });
      }
    }

    const { name, language } = device;
    const speech = transcriber.begin({
      ...{ device: name, language, isDistant, signal: abort.signal },
      onPartial: scope.guard(onPartial),
      onPause: scope.guard(onPause),
      ...(understands && { understands: (text: string) => understands(said(text)) }),
      ...(asMeant && { asMeant: (text: string) => asMeant(said(text)) }),
    });
    scope.receive(utterance, ({ frames, gapSamples }) => speech.push(frames, gapSamples));
    return {
      receive: () => scope.run(finish),
      stop: () => abort.abort(),
    };
  };
}
