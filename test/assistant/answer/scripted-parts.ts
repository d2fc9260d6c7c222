/**
 * Parts that do what a test says, in virtual time: a transcriber that knows each text, a brain that writes word by word, a voice with one
 * frame a letter. What was aborted, and when, is noted.
 */

import type { AssistantResponderOptions } from '../../../actors/assistant/answer/assistant.ts';
import { createMemory } from '../../../actors/assistant/memory/conversation-memory.ts';
import type { BrainRequest } from '../../../actors/assistant/parts/brain.ts';
import type { DialogueMessage, Memory } from '../../../actors/assistant/parts/memory.ts';
import type { UtteranceOptions } from '../../../actors/assistant/parts/transcriber.ts';
import type { ReplyVoice } from '../../../actors/assistant/speech/reply-voice.ts';
import { createSpokenAudio } from '../../../actors/assistant/speech/spoken-audio.ts';
import type { SpokenPart, SpokenReply } from '../../../actors/assistant/speech/spoken-reply.ts';
import { silentLog } from '../../../src/core/log/log.ts';
import { FRAME_MS } from '../../../src/protocol/format.ts';
import type { VirtualClock } from '../../support/virtual-clock.ts';

const LETTER = new Uint8Array([1, 2]);

export interface ScriptedParts extends Omit<AssistantResponderOptions, 'memory'> {
  memory: Memory;
  /** Each question of the brain. */
  asked: BrainRequest[];
  /** The options of each utterance, for partials and pauses. */
  utterances: UtteranceOptions[];
  /** Frames that the transcriber got, by utterance. */
  heard: number[];
  /** What was aborted, with the time. */
  aborted: { what: string; atMs: number }[];
  /** What is remembered of the device. */
  messages(): Promise<[DialogueMessage['role'], string][]>;
}

export interface Script {
  clock: () => VirtualClock;
  /** What is recognised of each utterance; an error is thrown. */
  texts: (string | Error)[];
  /** Answers a question; what it throws is thrown in the middle of the answer. */
  reply?: (request: BrainRequest) => AsyncIterable<string> | Iterable<string>;
  tokenMs?: number;
  recognitionMs?: number;
  /** The voice fails at this sentence. */
  voiceError?: Error;
  apologyError?: Error;
}

export function scriptedParts(script: Script): ScriptedParts {
  const { texts, reply = () => ['It ', 'is ', 'noon.'], tokenMs = 10, recognitionMs = 50 } = script;
  const clock = { now: () => script.clock().now() };
  const wait = (ms: number) => new Promise<void>((resolve) => script.clock().setTimeout(resolve, ms));
  const aborted: ScriptedParts['aborted'] = [];
  const noteAbort = (what: string, signal: AbortSignal) =>
    signal.addEventListener('abort', () => aborted.push({ what, atMs: clock.now() }));
  const memory = createMemory({
    clock: {
      now: () => script.clock().now(),
      wallNow: () => script.clock().wallNow(),
      setTimeout: (work, ms) => script.clock().setTimeout(work, ms),
      clearTimeout: (timer) => script.clock().clearTimeout(timer),
    },
    log: silentLog,
  });
  const parts: ScriptedParts = {
    asked: [],
    utterances: [],
    heard: [],
    aborted,
    memory,
    async messages() {
      return (await memory.recall('kitchen')).messages.map(({ role, text }) => [role, text]);
    },
    transcriber: {
      begin(options) {
        const number = parts.utterances.push(options) - 1;
        parts.heard[number] = 0;
        noteAbort('transcriber', options.signal);
        return {
          push(frames) {
            parts.heard[number] = (parts.heard[number] ?? 0) + frames.length;
          },
          async finish() {
            await wait(recognitionMs);
            const text = texts[number] ?? '';
            if (text instanceof Error) throw text;
            return { text };
          },
        };
      },
      async close() {},
    },
    brain: {
      async *answer(request, signal) {
        parts.asked.push(request);
        noteAbort('brain', signal);
        for await (const text of reply(request)) {
          await wait(tokenMs);
          if (signal.aborted) return;
          yield { type: 'text', text, ...(text.endsWith('?') && { asks: true }) };
        }
      },
      async close() {},
    },
    voice: createVoice(),
  };

  function createVoice(): ReplyVoice {
    return {
      reply: () => createReply(),
      audio: () =>
        createSpokenAudio(
          {
            // A frame for each piece of audio.
            async *encode(pieces) {
              for await (const _ of pieces) yield [LETTER];
            },
          },
          'en',
        ),
      async apology({ code }) {
        if (script.apologyError) throw script.apologyError;
        return [
          { type: 'sentence', text: `Sorry: ${code}.`, fromMs: 0 },
          { type: 'frames', frames: [LETTER] },
        ];
      },
    };
  }

  /** A frame a letter: so the words that were heard can be counted. */
  function createReply(): SpokenReply {
    let written = '';
    let isComplete = false;
    let isAborted = false;
    let notify = () => {};
    let spoken = '';
    async function* output(): AsyncGenerator<SpokenPart> {
      for (;;) {
        if (isAborted) return;
        const sentence = /^.*?[.?!]\s*/s.exec(written)?.[0] ?? (isComplete ? written : '');
        if (sentence === '') {
          if (isComplete) return;
          await new Promise<void>((resolve) => {
            notify = resolve;
          });
          continue;
        }
        if (script.voiceError) throw script.voiceError;
        written = written.slice(sentence.length);
        await wait(5);
        if (isAborted) return;
        yield { type: 'sentence', text: sentence.trim(), fromMs: spoken.length * FRAME_MS };
        spoken += sentence;
        yield { type: 'frames', frames: Array.from(sentence, () => LETTER) };
      }
    }
    return {
      async write(text) {
        written += text;
        notify();
      },
      end() {
        isComplete = true;
        notify();
      },
      abort() {
        if (!isAborted) aborted.push({ what: 'voice', atMs: clock.now() });
        isAborted = true;
        notify();
      },
      output: output(),
      heardText: (playedMs) => `${spoken} `.slice(0, Math.floor(playedMs / FRAME_MS) + 1).replace(/\s*\S*$/, ''),
    };
  }

  return parts;
}
