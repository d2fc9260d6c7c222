/** Speech by `audio.speech`, streamed. */
import { badAnswer } from '../parts/errors.ts';
import type { PartContext, ProviderSettings } from '../parts/provider.ts';
import type { Pcm, SpeakOptions, Synthesizer } from '../parts/synthesizer.ts';
import { limitedStream } from '../requests/limited-request.ts';
import type { ApiClient } from './client.ts';
import { pcmStream } from './pcm-stream.ts';

const DEFAULT_VOICE = 'alloy';
/** 240 characters take 20 s. */
const MAX_SPEECH_MS = 120_000;

export function createSpeechSynthesizer(
  client: ApiClient,
  { voice: defaultVoice = DEFAULT_VOICE }: ProviderSettings,
  { log, reportUsage }: PartContext,
): Synthesizer {
  async function* request(input: string, voice: string, device: string, signal: AbortSignal): AsyncGenerator<Pcm> {
    let isAccepted = false;
    let outputAudioMs = 0;
    try {
      const openai = await client.openai();
      const wanted = { model: client.model, voice, input, response_format: 'pcm' } as const;
      const { body, headers } = await openai.audio.speech.create(wanted, { signal });
      isAccepted = true;
      const contentType = headers.get('content-type') ?? '';
      for await (const pcm of pcmStream(body ?? nothing(), { provider: client.provider, contentType })) {
        outputAudioMs += (pcm.samples.length * 1_000) / pcm.sampleRateHz;
        yield pcm;
        if (outputAudioMs <= MAX_SPEECH_MS) continue;
        log.warn('the speech of a sentence was too long and was cut', { provider: client.provider });
        return;
      }
      if (outputAudioMs === 0 && !signal.aborted)
        throw badAnswer(client.provider, 'it has no audio', { isRetryable: true });
    } catch (thrown) {
      throw client.errorOf(thrown);
    } finally {
      if (isAccepted) reportUsage(device, { requests: 1, characters: input.length, outputAudioMs });
    }
  }

  return {
    speak(text, { device, signal, voice = defaultVoice }: SpeakOptions) {
      const open = (opened: AbortSignal) => request(text, voice, device, opened);
      return limitedStream(open, client.limits(signal));
    },
    prepare: () => client.prepare(),
    close: () => client.close(),
  };
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
