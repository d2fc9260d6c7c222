/** OpenAI Realtime, and servers with the same protocol: a model that hears and speaks itself. */

import { NAME_A_MODEL, wrongSettings } from '../parts/errors.ts';
import type { PartContext, ProviderSettings } from '../parts/provider.ts';
import type { SpeechToSpeech } from '../parts/speech-to-speech.ts';
import { createUtteranceDecoders, type UtteranceDecoders } from '../recognition/utterance-decoder.ts';
import { RealtimeSession } from './session.ts';
import { RealtimeTurn } from './turn.ts';

const OPENAI_URL = 'wss://api.openai.com/v1';
const DEFAULT_MODEL = 'gpt-realtime';
const DEFAULT_VOICE = 'marin';
const TIMEOUT_MS = 8_000;

/**
 * @param decoders of the speech; they are closed with the model
 * @throws AssistantError `assistant_config`
 */
export function createRealtime(
  settings: ProviderSettings,
  context: PartContext,
  decoders: UtteranceDecoders = createUtteranceDecoders(context),
): SpeechToSpeech {
  const { voice = DEFAULT_VOICE, timeoutMs = TIMEOUT_MS } = settings;
  const url = endpointOf(settings);
  const provider = `openai-realtime at ${url.host}`;
  const { clock, log } = context;
  const sessions = new Map<string, RealtimeSession>();

  function sessionOf(device: string): RealtimeSession {
    const known = sessions.get(device);
    if (known) return known;
    const address = () => ({ url, key: settings.key?.(), timeoutMs });
    const onEnd = () => sessions.delete(device);
    const session = new RealtimeSession({ address, provider, clock, log, onEnd });
    sessions.set(device, session);
    return session;
  }

  return {
    begin(request, signal) {
      const session = sessionOf(request.device.name);
      return new RealtimeTurn({ request, signal, session, decoders, context, provider, url, voice, timeoutMs });
    },
    async close() {
      for (const session of sessions.values()) session.end();
      await decoders.close();
    },
  };
}

/** `https://HOST/v1` and `wss://HOST/v1/realtime` mean the same. */
function endpointOf({ url: text = OPENAI_URL, model }: ProviderSettings): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^(wss?|https?):$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    const message = 'The URL of a Realtime provider must begin with wss://, without a name and a password';
    throw wrongSettings(message, `OpenAI's own is ${OPENAI_URL}.`);
  }
  const isOpenAi = url.host === new URL(OPENAI_URL).host;
  if (model === undefined && !isOpenAi) {
    throw wrongSettings(`No model is set for ${url.host}`, NAME_A_MODEL);
  }
  url.protocol = url.protocol.replace('http', 'ws');
  if (!url.pathname.endsWith('/realtime')) url.pathname = `${url.pathname.replace(/\/$/, '')}/realtime`;
  url.searchParams.set('model', model ?? DEFAULT_MODEL);
  return url;
}
