/**
 * A reply while it is spoken: text goes in as the brain writes it, Opus frames come out in order.
 *
 * One sentence is synthesized after the other; the next one begins as soon as the audio of one arrives. So the voice does not
 * pause between sentences, and a long answer that is interrupted was not synthesized whole.
 */

import { AsyncQueue } from '../../../src/core/actor/async-queue.ts';
import { EarshotError } from '../../../src/core/errors.ts';
import type { Log } from '../../../src/core/log/log.ts';
import { untilAborted } from '../../../src/core/threads/until-aborted.ts';
import type { Clock } from '../../../src/core/time/clock.ts';
import { createPacer, type Pacer } from '../../../src/core/time/pacer.ts';
import { FRAME_MS } from '../../../src/protocol/format.ts';
import { badAnswer } from '../parts/errors.ts';
import type { Synthesizer } from '../parts/synthesizer.ts';
import { limitedStream } from '../requests/limited-request.ts';
import type { EncoderPool } from './encoding/encoder-pool.ts';
import { createHeardText, type TimedSentence } from './heard-text.ts';
import { plainText } from './plain-text.ts';
import type { SentenceCache } from './sentence-cache.ts';
import { createSentences } from './sentences.ts';
import { createWordTimes, usualPace, type WordTimes } from './word-times/word-times.ts';

export interface SpokenReply {
  /**
   * The next piece of the text. It is split into sentences here; the first clause is spoken as soon as it stands. When too
   * much text waits to be spoken, the reply ends there.
   */
  write(text: string): void;
  /** The text is complete. */
  end(): void;
  /** Ends at once; the synthesizer's stream is aborted, and nothing more comes out. */
  abort(): void;
  /**
   * In order. One reader; when it stops early, the reply is aborted. @throws EarshotError `assistant_…`: a sentence could
   * not be spoken; those before it were.
   */
  output: AsyncIterable<SpokenPart>;
  /** The words that were heard when this much of the audio was played; a word half spoken was not heard. */
  heardText(playedMs: number): string;
}

export type SpokenPart =
  /** A sentence begins with the next frames, this far into the reply: a caption. */
  | { type: 'sentence'; text: string; fromMs: number }
  /** Opus, 20 ms each. */
  | { type: 'frames'; frames: Uint8Array[] };

export interface SpokenReplyOptions {
  synthesizer: Synthesizer;
  encoders: EncoderPool;
  cache: SentenceCache;
  /** Name of the device. */
  device: string;
  /** BCP 47. */
  language: string;
  voice?: string | undefined;
  limits?: Partial<SpokenReplyLimits>;
  clock: Clock;
  log: Log;
}

/** Infinity: no limit. */
export interface SpokenReplyLimits {
  /** How much audio there may be that is not played yet. */
  aheadMs: number;
  /** For a synthesizer, to its first samples, and from each to the next. */
  synthesizerMs: number;
  /** Of text that waits to be spoken: 15 minutes. A longer reply is cut off. */
  waitingCharacters: number;
}

export const SPOKEN_REPLY_LIMITS: SpokenReplyLimits = {
  aheadMs: 10_000,
  synthesizerMs: 10_000,
  waitingCharacters: 16_000,
};

/** A sentence that is being synthesized, or was. */
interface Sentence extends TimedSentence {
  frames: AsyncQueue<readonly Uint8Array[]>;
  /** Resolve also when it fails. */
  begun: Promise<void>;
  done: Promise<void>;
}

/** With the times of the words, as far as they are known. */
type Deliver = (frames: readonly Uint8Array[], words: Pick<WordTimes, 'endsMs'>) => void;

export function createSpokenReply(options: SpokenReplyOptions): SpokenReply {
  const { synthesizer, encoders, cache, device, language, voice, clock, log } = options;
  const limits = { ...SPOKEN_REPLY_LIMITS, ...options.limits };
  const ending = new AbortController();
  const { signal } = ending;
  const splitter = createSentences({ language });
  const texts = new AsyncQueue<string>();
  const sentences = new AsyncQueue<Sentence>();
  const heard = createHeardText();
  const pace = usualPace();
  let waitingCharacters = 0;
  let spokenMs = 0;
  let pacer: Pacer | undefined;
  let isFirst = true;
  let isCutOff = false;

  function accept(found: string[]): void {
    for (const text of found.map(plainText)) {
      // A sentence without a letter or a digit, e.g. an emoji, cannot be spoken.
      if (isCutOff || !/[\p{L}\p{N}]/u.test(text)) continue;
      isCutOff = waitingCharacters + text.length > limits.waitingCharacters;
      if (isCutOff) {
        log.warn('a reply is cut off: too much text waits to be spoken', { device, characters: waitingCharacters });
        texts.end();
      } else {
        waitingCharacters += text.length;
        texts.push(text);
      }
    }
  }

  async function synthesizeAll(): Promise<void> {
    let last: Sentence | undefined;
    let beforeLast: Sentence | undefined;
    for await (const text of texts) {
      await untilAborted(Promise.all([last?.begun, beforeLast?.done]), signal);
      await untilRoom();
      waitingCharacters -= text.length;
      [beforeLast, last] = [last, synthesize(text)];
      sentences.push(last);
    }
  }

  /** Waits until little enough of the audio is not played yet. */
  async function untilRoom(): Promise<void> {
    for (;;) {
      const waitMs = pacer ? pacer.waitMs(spokenMs, clock.now()) : 0;
      if (waitMs <= 0) return;
      await pause(clock, waitMs, signal);
    }
  }

  function synthesize(text: string): Sentence {
    const frames = new AsyncQueue<readonly Uint8Array[]>();
    const trimStart = isFirst;
    isFirst = false;
    let words: Pick<WordTimes, 'endsMs'> | undefined;
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const deliver: Deliver = (some, times) => {
      words = times;
      pacer ??= createPacer(clock.now(), limits.aheadMs);
      spokenMs += some.length * FRAME_MS;
      frames.push(some);
      begin();
    };
    const done = speak(text, trimStart, deliver).then(
      () => frames.end(),
      (error: unknown) => frames.fail(error),
    );
    return { text, wordEndsMs: () => words?.endsMs() ?? [], frames, begun: Promise.race([begun, done]), done };
  }

  async function speak(text: string, trimStart: boolean, deliver: Deliver) {
    const key = JSON.stringify([voice, language, trimStart, text]);
    const known = cache.get(key);
    if (known) return deliver(known.frames, known.words);
    const said = { device, language, ...(voice !== undefined && { voice }) };
    const speech = limitedStream((limited) => synthesizer.speak(text, { ...said, signal: limited }), {
      provider: 'the synthesizer',
      clock,
      timeoutMs: limits.synthesizerMs,
      signal,
    });
    const words = createWordTimes({ text, trimStart, pace, signal });
    const all: Uint8Array[] = [];
    for await (const frames of encoders.encode(words.observe(speech), { trimStart, signal })) {
      all.push(...frames);
      deliver(frames, words);
    }
    if (signal.aborted) return;
    if (all.length === 0) throw badAnswer('the synthesizer', 'it is silent');
    cache.offer(key, { frames: all, words });
  }

  async function* output(): AsyncGenerator<SpokenPart, void, undefined> {
    try {
      for await (const sentence of sentences) {
        let fromMs: number | undefined;
        for await (const some of sentence.frames) {
          if (signal.aborted) return;
          if (fromMs === undefined) {
            fromMs = heard.begin(sentence);
            yield { type: 'sentence', text: sentence.text, fromMs };
            if (signal.aborted) return;
          }
          heard.add(some.length);
          yield { type: 'frames', frames: [...some] };
        }
        // The frames of a sentence end at an abort, too.
        if (!signal.aborted) heard.end();
      }
    } finally {
      abort();
    }
  }

  function abort(): void {
    ending.abort(new EarshotError('assistant_failed', 'The reply was aborted', ''));
    texts.clear();
    sentences.clear();
  }

  synthesizeAll().then(
    () => sentences.end(),
    (error: unknown) => sentences.fail(error),
  );

  return {
    write(text) {
      if (!signal.aborted && !isCutOff) accept(splitter.push(text));
    },
    end() {
      accept(splitter.end());
      texts.end();
    },
    abort,
    output: { [Symbol.asyncIterator]: output },
    heardText: (playedMs) => heard.at(playedMs),
  };
}

async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  let timer: unknown;
  const over = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, delayMs);
  });
  await untilAborted(over, signal).finally(() => clock.clearTimeout(timer));
}
