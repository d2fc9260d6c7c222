/**
 * Speaks samples as the answer of a turn: they are encoded while they come, and their text is shown.
 */

import { badAnswer } from '../../../actors/assistant/parts/errors.ts';
import type { Pcm } from '../../../actors/assistant/parts/synthesizer.ts';
import type { ReplyVoice } from '../../../actors/assistant/speech/reply-voice.ts';
import { createSentences } from '../../../actors/assistant/speech/sentences.ts';
import type { SpokenPart } from '../../../actors/assistant/speech/spoken-reply.ts';
import type { Answer } from '../../../actors/responder/responder.ts';
import type { DeviceProfile } from '../../core/device-profile.ts';
import { FRAME_MS } from '../../protocol/format.ts';

/** What follows each other in one answer. */
export class SpokenSound {
  readonly #answer: Pick<Answer, 'say' | 'caption' | 'reached'>;
  readonly #onFirst: () => void;
  #frames = 0;
  #captionFromMs = -1;

  /** @param onFirst called before the first frames */
  constructor(answer: Pick<Answer, 'say' | 'caption' | 'reached'>, onFirst: () => void) {
    this.#answer = answer;
    this.#onFirst = onFirst;
  }

  /** Sentences, and frames. @throws the error of the parts */
  async parts(parts: AsyncIterable<SpokenPart> | readonly SpokenPart[]): Promise<void> {
    for await (const part of parts) {
      if (part.type === 'sentence') this.#caption(part.text);
      else this.#say(part.frames);
    }
  }

  /** Samples, and the text that is spoken in them. @throws their error; AssistantError `assistant_bad_answer`: they are no sound */
  async samples(
    sound: AsyncIterable<Pcm>,
    text: string,
    voice: Pick<ReplyVoice, 'audio'>,
    device: DeviceProfile,
  ): Promise<void> {
    const audio = voice.audio(device);
    let failure: unknown;
    const pump = async () => {
      for await (const pcm of sound) audio.audio(pcm);
    };
    const pumped = pump()
      .catch((error: unknown) => {
        failure = error;
      })
      .finally(() => audio.end());
    // The text is known when the sound begins, but not when each of its sentences is spoken.
    const sentences = createSentences({ language: device.language });
    const captions = [...sentences.push(text), ...sentences.end()];
    const framesBefore = this.#frames;
    try {
      for await (const part of audio.output) {
        if (part.type !== 'frames') continue;
        for (const caption of captions.splice(0)) this.#caption(caption);
        this.#say(part.frames);
      }
      await pumped;
    } finally {
      audio.abort();
    }
    if (failure !== undefined) throw failure;
    if (this.#frames === framesBefore) throw badAnswer('Home Assistant', 'there is no sound in it');
  }

  #say(frames: Uint8Array[]): void {
    if (this.#frames === 0) {
      this.#onFirst();
      this.#answer.reached('firstAudio');
    }
    this.#frames += frames.length;
    this.#answer.say(frames);
  }

  #caption(text: string): void {
    this.#answer.reached('firstSentence');
    // Two sentences may begin with the same frame: their times still grow.
    this.#captionFromMs = Math.max(this.#frames * FRAME_MS, this.#captionFromMs + 1);
    this.#answer.caption(text, this.#captionFromMs);
  }
}
