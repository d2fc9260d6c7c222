/**
 * One utterance: its frames become samples, its samples windows, and the texts of the windows its text. Moonshine is made for up to 30 s, and
 * a pass takes time in proportion to its window; so a long utterance has several, which end in pauses if there are any.
 */
import type { Clock } from '../../../src/core/time/clock.ts';
import type { Transcript, Utterance, UtteranceOptions } from '../parts/transcriber.ts';
import type { PassScheduler } from './pass-scheduler.ts';
import { createRecognitionWindow, type RecognitionWindow } from './recognition-window.ts';
import type { UtteranceDecoders } from './utterance-decoder.ts';

const SAMPLE_RATE_HZ = 16_000;
/** From this length on a window ends in the next pause. */
const LONG_WINDOW_SAMPLES = 8 * SAMPLE_RATE_HZ;
/** A window of this length ends in any case: the memory that a pass takes grows with it, and is not given back. */
const MAX_WINDOW_SAMPLES = 15 * SAMPLE_RATE_HZ;

export interface UtteranceParts {
  decoders: UtteranceDecoders;
  scheduler: PassScheduler;
  /** See `WindowOptions`. */
  hearingsAtOnce: number;
  clock: Clock;
}

export function beginUtterance(parts: UtteranceParts, options: UtteranceOptions): Utterance {
  const { decoders, scheduler, hearingsAtOnce, clock } = parts;
  const { signal, onPartial, onPause, understands, asMeant, isDistant = false } = options;
  /** Of the windows that have ended. */
  const texts: Promise<string>[] = [];
  /** The same, where they are known. */
  const known: string[] = [];
  let window = beginWindow();

  function beginWindow(): RecognitionWindow {
    const before = () => known.slice(0, texts.length);
    // Of a long utterance a window has only a part, which nobody needs to understand.
    const isFirst = texts.length === 0;
    return createRecognitionWindow({
      ...{ scheduler, hearingsAtOnce, isDistant, clock, signal },
      ...(isFirst ? { understands, asMeant } : { understands: undefined }),
      onPartial({ text, stableText }) {
        onPartial?.({ text: joined([...before(), text]), stableText: joined([...before(), stableText]) });
      },
      onPause({ text, alternatives = [] }) {
        const whole = (words: string) => joined([...before(), words]);
        onPause?.({ text: whole(text), alternatives: alternatives.map(whole) });
      },
    });
  }

  function endWindow(isLast = false): void {
    const index = texts.length;
    const text = window.finish(isLast);
    text.then(
      (found) => {
        known[index] = found;
      },
      () => {
        // finish() tells it.
      },
    );
    texts.push(text);
    known.push('');
    window = beginWindow();
  }

  const decoder = decoders.begin({
    signal,
    onResult(samples) {
      const length = window.samples();
      if (length >= MAX_WINDOW_SAMPLES || (length >= LONG_WINDOW_SAMPLES && window.isPaused())) endWindow();
      window.add(samples);
    },
  });

  return {
    push: (frames, gapSamples) => decoder.push(frames, gapSamples),
    async finish(): Promise<Transcript> {
      await decoder.finish();
      endWindow(true);
      const text = joined(await Promise.all(texts));
      return { text, language: 'en' };
    },
  };
}

function joined(texts: readonly string[]): string {
  return texts.filter(Boolean).join(' ');
}
