/**
 * The end of the utterance of a turn: FINAL of the device; or, in a turn of a device that listens, what the gateway finds out before. Then
 * the answer need not wait for FINAL. Whether anybody spoke is decided here, too.
 */
import type { EndReason, Patience } from '../../../src/protocol/listening.ts';
import type { Answer } from '../../responder/responder.ts';
import type { Endpointing, ListenedUtterance } from '../endpointing/endpointing.ts';

export interface UtteranceEndOptions {
  device: string;
  endpointing: Endpointing | undefined;
  /** Of a turn of a device that listens. */
  patience: Patience | undefined;
  /** Whether {@link UtteranceEnd.words} is called in pauses. */
  knowsWords: boolean;
  /** See `Brain.understands`. */
  understands?: ((text: string) => Promise<number>) | undefined;
  answer: Pick<Answer, 'scope' | 'hold' | 'endUtterance'>;
  /** Whether it has interrupted an answer that is given again if nobody speaks. */
  hasInterrupted: () => boolean;
  /** The utterance is over. Once, and then nothing else is called. */
  onFinal(hasSpeech: boolean): void;
  /** Nobody spoke in it. The same. */
  onNoSpeech(): void;
}

export interface UtteranceEnd {
  /** Nothing that comes now is part of the utterance. */
  readonly isOver: boolean;
  push(frames: readonly Uint8Array[], gapSamples: number): void;
  /** See `TranscriptionOptions.onPauseText`. */
  words(text: string, alternatives: readonly string[]): void;
  /** FINAL has arrived. */
  final(): void;
}

export function createUtteranceEnd(options: UtteranceEndOptions): UtteranceEnd {
  const { device, endpointing, patience, knowsWords, understands, answer, hasInterrupted, onFinal, onNoSpeech } =
    options;
  const abort = new AbortController();
  answer.scope.onEnd(() => abort.abort());
  let isOver = false;
  /** How often words were told. */
  let told = 0;

  const listened: ListenedUtterance | undefined =
    patience &&
    endpointing?.begin({
      ...{ device, patience, knowsWords, signal: abort.signal },
      onHold: answer.scope.guard(answer.hold),
      onUtteranceEnd: answer.scope.guard(end),
    });

  function end(reason: EndReason): void {
    if (isOver) return;
    const hasSpeech = reason === 'finished';
    answer.endUtterance(hasSpeech || hasInterrupted() ? 'finished' : reason);
    finish(hasSpeech);
  }

  function finish(hasSpeech: boolean): void {
    isOver = true;
    if (hasSpeech || hasInterrupted()) onFinal(hasSpeech);
    else onNoSpeech();
  }

  async function decide(utterance: ListenedUtterance): Promise<void> {
    const hasSpeech = await utterance.finish();
    if (isOver || abort.signal.aborted) return;
    if (hasSpeech || hasInterrupted()) finish(hasSpeech);
    else end('no-speech');
  }

  async function tell(utterance: ListenedUtterance, texts: readonly string[]): Promise<void> {
    told += 1;
    const number = told;
    const judged = async (text: string) => ({ text, understood: await understands?.(text) });
    const words = await Promise.all(texts.map(judged));
    // What was told later has more of them.
    if (number === told) utterance.words(words);
  }

  return {
    get isOver() {
      return isOver;
    },
    push: (frames, gapSamples) => listened?.push(frames, gapSamples),
    words(text, alternatives) {
      if (listened) answer.scope.run(() => tell(listened, [text, ...alternatives]));
    },
    final() {
      if (isOver) return;
      if (listened) answer.scope.run(() => decide(listened));
      else finish(true);
    },
  };
}
