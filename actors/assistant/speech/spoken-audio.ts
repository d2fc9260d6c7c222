/**
 * A reply whose audio comes from a model that speaks itself: text and samples go in as they come, captions and Opus frames come out.
 */

import { AsyncQueue } from '../../../src/core/actor/async-queue.ts';
import { FRAME_MS } from '../../../src/protocol/format.ts';
import type { Pcm } from '../parts/synthesizer.ts';
import type { EncoderPool } from './encoding/encoder-pool.ts';
import { createSentences } from './sentences.ts';
import type { SpokenPart, SpokenReply } from './spoken-reply.ts';

export interface SpokenAudio extends Pick<SpokenReply, 'abort' | 'output' | 'heardText'> {
  /** The next words, at about the time of their audio. */
  text(text: string): void;
  audio(pcm: Pcm): void;
  end(): void;
}

export function createSpokenAudio(encoders: Pick<EncoderPool, 'encode'>, language: string): SpokenAudio {
  const ending = new AbortController();
  const samples = new AsyncQueue<Pcm>();
  const sentences = createSentences({ language });
  let captions: string[] = [];
  let text = '';
  let frames = 0;

  function* captionsNow(): Generator<SpokenPart> {
    for (const caption of captions) yield { type: 'sentence', text: caption, fromMs: frames * FRAME_MS };
    captions = [];
  }

  async function* output(): AsyncGenerator<SpokenPart, void, undefined> {
    for await (const some of encoders.encode(samples, { trimStart: false, signal: ending.signal })) {
      yield* captionsNow();
      frames += some.length;
      yield { type: 'frames', frames: some };
    }
    if (!ending.signal.aborted) yield* captionsNow();
  }

  return {
    text(piece) {
      text += piece;
      captions.push(...sentences.push(piece));
    },
    audio: (pcm) => samples.push(pcm),
    end() {
      captions.push(...sentences.end());
      samples.end();
    },
    abort() {
      ending.abort();
      samples.clear();
    },
    output: { [Symbol.asyncIterator]: output },
    heardText(playedMs) {
      const share = frames === 0 ? 0 : Math.min(1, playedMs / (frames * FRAME_MS));
      const words = text.trim().match(/\S+\s*/g) ?? [];
      let left = share * words.join('').length;
      return words
        .filter(({ length }) => {
          left -= length;
          return left >= -1;
        })
        .join('')
        .trim();
    },
  };
}
