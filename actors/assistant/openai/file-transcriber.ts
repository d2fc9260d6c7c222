/** Recognition by `audio.transcriptions`: the utterance is collected and sent as a file when it is complete. */
import type OpenAI from 'openai';
import type { Transcription, TranscriptionStreamEvent } from 'openai/resources/audio/transcriptions';
import { SAMPLE_RATE_HZ } from '../../../src/protocol/format.ts';
import { concatenate } from '../../sound/s16.ts';
import { wavOf } from '../../sound/wav-header.ts';
import { badAnswer } from '../parts/errors.ts';
import type { PartContext } from '../parts/provider.ts';
import type { Transcriber, Transcript, UtteranceOptions } from '../parts/transcriber.ts';
import { createUtteranceDecoders } from '../recognition/utterance-decoder.ts';
import { limitedCall } from '../requests/limited-request.ts';
import type { ApiClient } from './client.ts';

/** OpenAI accepts files of 25 MB: 13 minutes. */
const MAX_SAMPLES = 10 * 60 * SAMPLE_RATE_HZ;

export function createFileTranscriber(client: ApiClient, context: PartContext): Transcriber {
  const decoders = createUtteranceDecoders(context);
  return {
    begin(options) {
      const parts: Int16Array[] = [];
      let samples = 0;
      const decoder = decoders.begin({
        signal: options.signal,
        onSamples(part) {
          samples += part.length;
          parts.push(part);
        },
      });
      return {
        push(frames, gapSamples) {
          if (samples < MAX_SAMPLES) decoder.push(frames, gapSamples);
        },
        async finish() {
          await decoder.finish();
          options.signal.throwIfAborted();
          if (samples === 0) return { text: '' };
          return transcribe(concatenate(parts), client, context, options);
        },
      };
    },
    async prepare() {
      await Promise.all([decoders.prepare(), client.prepare()]);
    },
    async close() {
      await Promise.all([decoders.close(), client.close()]);
    },
  };
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
