/**
 * Recognition by `audio.transcriptions`: the utterance is collected and sent as a file. It is sent at a pause already: if the
 * person does not go on, the text is there when the utterance is complete.
 */
import type OpenAI from 'openai';
import type { Transcription, TranscriptionStreamEvent } from 'openai/resources/audio/transcriptions';
import { SAMPLE_RATE_HZ } from '../../../src/protocol/format.ts';
import { concatenate } from '../../sound/s16.ts';
import { wavOf } from '../../sound/wav-header.ts';
import { badAnswer } from '../parts/errors.ts';
import type { PartContext } from '../parts/provider.ts';
import type { Transcriber, Transcript, Utterance, UtteranceOptions } from '../parts/transcriber.ts';
import { createSpeechActivity } from '../recognition/speech-activity.ts';
import {
  createUtteranceDecoders,
  type UtteranceDecoder,
  type UtteranceDecoders,
} from '../recognition/utterance-decoder.ts';
import { limitedCall } from '../requests/limited-request.ts';
import type { ApiClient } from './client.ts';

/** A pause of a speaker, or the end. */
const PAUSE_SAMPLES = 0.2 * SAMPLE_RATE_HZ;
/** Each is a request that is paid for. */
const MAX_DRAFTS = 3;
/** OpenAI accepts files of 25 MB: 13 minutes. */
const MAX_SAMPLES = 10 * 60 * SAMPLE_RATE_HZ;

export function createFileTranscriber(client: ApiClient, context: PartContext): Transcriber {
  const decoders = createUtteranceDecoders(context);
  return {
    begin: (options) => new FileUtterance(client, decoders, context, options),
    async prepare() {
      await Promise.all([decoders.prepare(), client.prepare()]);
    },
    async close() {
      await Promise.all([decoders.close(), client.close()]);
    },
  };
}

/** The text until a pause, which is that of the whole utterance unless the person goes on. */
interface Draft {
  /** Samples until the pause. */
  speechEnd: number;
  text: Promise<Transcript>;
  abort: AbortController;
}

class FileUtterance implements Utterance {
  readonly #client: ApiClient;
  readonly #context: PartContext;
  readonly #options: UtteranceOptions;
  readonly #decoder: UtteranceDecoder;
  readonly #activity = createSpeechActivity();
  readonly #parts: Int16Array[] = [];
  #samples = 0;
  #drafts = 0;
  #draft: Draft | undefined;

  constructor(client: ApiClient, decoders: UtteranceDecoders, context: PartContext, options: UtteranceOptions) {
    this.#client = client;
    this.#context = context;
    this.#options = options;
    this.#decoder = decoders.begin({ signal: options.signal, onResult: (samples) => this.#hear(samples) });
  }

  push(frames: readonly Uint8Array[], gapSamples: number): void {
    if (this.#samples < MAX_SAMPLES) this.#decoder.push(frames, gapSamples);
  }

  async finish(): Promise<Transcript> {
    await this.#decoder.finish();
    this.#options.signal.throwIfAborted();
    // Some models write something down for silence, too.
    if (this.#activity.isSilent()) return { text: '' };
    if (this.#draft?.speechEnd !== this.#activity.speechEnd()) return this.#transcribe(this.#options);
    return this.#draft.text.catch(() => this.#transcribe(this.#options));
  }

  #hear(samples: Int16Array): void {
    this.#samples += samples.length;
    this.#parts.push(samples);
    this.#activity.add(samples);
    if (this.#draft && this.#draft.speechEnd !== this.#activity.speechEnd()) {
      this.#draft.abort.abort();
      this.#draft = undefined;
    }
    const isPause = this.#activity.silence() >= PAUSE_SAMPLES;
    if (isPause && !this.#draft && this.#options.onPause && this.#drafts < MAX_DRAFTS) this.#begin();
  }

  #begin(): void {
    this.#drafts += 1;
    const abort = new AbortController();
    const { onPartial: _, signal, ...options } = this.#options;
    const text = this.#transcribe({ ...options, signal: AbortSignal.any([signal, abort.signal]) });
    this.#draft = { speechEnd: this.#activity.speechEnd(), text, abort };
    text.then(
      (transcript) => {
        if (!abort.signal.aborted && !signal.aborted) options.onPause?.(transcript);
      },
      // `finish` asks again, and reports it.
      () => {},
    );
  }

  #transcribe(options: ForUtterance): Promise<Transcript> {
    return transcribe(concatenate(this.#parts), this.#client, this.#context, options);
  }
}

type ForUtterance = Pick<UtteranceOptions, 'device' | 'language' | 'signal' | 'onPartial'>;

/** @param samples 16 kHz */
export function transcribe(
  samples: Int16Array,
  client: ApiClient,
  { reportUsage }: PartContext,
  { device, language, signal, onPartial }: ForUtterance,
): Promise<Transcript> {
  const wav = wavOf(samples);
  const call = async (opened: AbortSignal): Promise<Transcript> => {
    try {
      const openai = await client.openai();
      const text = await request(openai, client, wav, language, opened, (partial) => {
        if (!signal.aborted) onPartial?.({ text: partial, stableText: partial });
      });
      reportUsage(device, { requests: 1, inputAudioMs: (samples.length * 1_000) / SAMPLE_RATE_HZ });
      return { text };
    } catch (thrown) {
      throw client.errorOf(thrown);
    }
  };
  return limitedCall(call, client.limits(signal));
}

/** These of OpenAI's models write their text as a stream. */
const STREAMING_MODELS = /^gpt-.*transcribe/;

async function request(
  openai: OpenAI,
  { model, provider }: ApiClient,
  wav: Uint8Array,
  language: string,
  signal: AbortSignal,
  onText: (text: string) => void,
): Promise<string> {
  const { toFile } = await import('openai');
  const file = await toFile(wav, 'speech.wav', { type: 'audio/wav' });
  const wanted = { model, file, language: language.split('-', 1)[0] ?? language, response_format: 'json' } as const;
  if (!STREAMING_MODELS.test(model)) {
    const { text }: Partial<Transcription> = await openai.audio.transcriptions.create(wanted, { signal });
    if (typeof text !== 'string') throw badAnswer(provider, 'it has no text');
    return text.trim();
  }
  let written = '';
  const events = await openai.audio.transcriptions.create({ ...wanted, stream: true }, { signal });
  for await (const event of events as AsyncIterable<TranscriptionStreamEvent>) {
    if (event.type === 'transcript.text.done') return event.text.trim();
    if (event.type !== 'transcript.text.delta') continue;
    written += event.delta;
    onText(written.trim());
  }
  throw badAnswer(provider, 'the text has no end');
}
