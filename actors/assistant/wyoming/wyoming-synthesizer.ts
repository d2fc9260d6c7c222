/** Speech of a Wyoming server (Piper, …): a sentence out, PCM in as it comes. */

import type { WyomingEvent, WyomingMessage } from '../../../src/core/wyoming/wyoming-events.ts';
import { badAnswer } from '../parts/errors.ts';
import type { Pcm, SpeakOptions, Synthesizer } from '../parts/synthesizer.ts';
import { limitedCall, limitedStream } from '../requests/limited-request.ts';
import { failureCode } from '../requests/traced-call.ts';
import { traceWyoming } from './traced-wyoming.ts';
import { connectWyoming, endedEarly } from './wyoming-connection.ts';
import { describeWyoming, type WyomingInfo } from './wyoming-info.ts';
import type { WyomingPart } from './wyoming-part.ts';

export function createWyomingSynthesizer(part: WyomingPart): Synthesizer {
  const { server, settings, context, timeoutMs } = part;
  const { provider } = server;
  const { clock } = context;
  let info: WyomingInfo | undefined;

  async function* request(text: string, options: SpeakOptions, signal: AbortSignal): AsyncGenerator<Pcm> {
    info ??= await describeWyoming(server, signal);
    const call = traceWyoming(server, 'synthesize');
    let failure: string | undefined = 'aborted';
    const connection = connectWyoming(server, signal);
    let isAccepted = false;
    let outputAudioMs = 0;
    try {
      for (const message of messagesFor(text, options.voice ?? settings.voice, options.language, info))
        connection.send(message);
      let isWhole = false;
      for await (const event of connection.events) {
        // A server that streams may stop the audio after each part of the text.
        const isEnd = event.type === (info.canStreamSpeech ? 'synthesize-stopped' : 'audio-stop');
        if (isEnd || event.type === 'audio-stop') isWhole = true;
        if (isEnd) break;
        if (event.type !== 'audio-chunk') continue;
        isWhole = false;
        isAccepted = true;
        const pcm = pcmOf(event, provider);
        outputAudioMs += (pcm.samples.length * 1_000) / pcm.sampleRateHz;
        yield pcm;
      }
      if (!isWhole) throw endedEarly(provider);
      failure = undefined;
    } catch (error) {
      failure = failureCode(error, signal);
      throw error;
    } finally {
      connection.close();
      call?.end(failure);
      if (isAccepted) context.reportUsage(options.device, { requests: 1, characters: text.length, outputAudioMs });
    }
  }

  return {
    speak: (text, options) =>
      limitedStream((signal) => request(text, options, signal), { provider, clock, timeoutMs, signal: options.signal }),
    async prepare() {
      const { signal } = new AbortController();
      info = await limitedCall((opened) => describeWyoming(server, opened), { provider, clock, timeoutMs, signal });
    },
    close: async () => {},
  };
}

function messagesFor(
  text: string,
  name: string | undefined,
  language: string,
  { canStreamSpeech }: WyomingInfo,
): WyomingMessage[] {
  const voice = name === undefined ? { language } : { name };
  if (!canStreamSpeech) return [{ type: 'synthesize', data: { text, voice } }];
  return [
    { type: 'synthesize-start', data: { voice } },
    { type: 'synthesize-chunk', data: { text } },
    { type: 'synthesize-stop' },
  ];
}

/** @throws AssistantError `assistant_bad_answer` */
function pcmOf({ data: { rate, width, channels }, payload }: WyomingEvent, provider: string): Pcm {
  if (typeof rate !== 'number' || !Number.isInteger(rate)) throw badAnswer(provider, 'its audio has no sample rate');
  if (width !== 2) throw badAnswer(provider, 'its samples do not have 16 bits');
  if (channels !== 1 && channels !== 2) throw badAnswer(provider, 'its audio is neither mono nor stereo');
  if (payload.length % (2 * channels) !== 0) throw badAnswer(provider, 'its audio ends in the middle of a sample');
  // The payload is a copy of its own, which begins at an even address.
  const all = new Int16Array(payload.buffer, payload.byteOffset, payload.length / 2);
  const samples =
    channels === 1
      ? all
      : Int16Array.from({ length: all.length / 2 }, (_, i) => ((all[2 * i] ?? 0) + (all[2 * i + 1] ?? 0)) >> 1);
  return { samples, sampleRateHz: rate };
}
