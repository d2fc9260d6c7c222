/**
 * Home Assistant's conversation API as brain (developers.home-assistant.io/docs/intent_conversation_api): it has its own rules, devices and, if the
 * user has chosen one, language model. It answers with a whole text.
 */
import * as v from 'valibot';
import { systemCode } from '../../../src/core/errors.ts';
import type { Brain, BrainOutput, BrainRequest } from '../parts/brain.ts';
import { AssistantError, badAnswer, httpError, unreachable, wrongSettings } from '../parts/errors.ts';
import type { PartContext, ProviderSettings } from '../parts/provider.ts';
import { createHttpFetch } from '../requests/http-fetch.ts';
import { limitedCall } from '../requests/limited-request.ts';

const TIMEOUT_MS = 8_000;
/** Beyond it the conversation that is longest without a turn begins anew. */
const MAX_CONVERSATIONS = 1_000;

const conversation = v.object({
  response: v.object({
    response_type: v.picklist(['action_done', 'query_answer', 'error']),
    speech: v.optional(v.nullable(v.object({ plain: v.optional(v.object({ speech: v.nullable(v.string()) })) }))),
    data: v.optional(v.nullable(v.object({ code: v.optional(v.nullable(v.string())) }))),
  }),
  conversation_id: v.optional(v.nullable(v.string())),
  /** It asks the person something. */
  continue_conversation: v.optional(v.nullable(v.boolean())),
});
type Conversation = v.InferOutput<typeof conversation>;

/** Its errors that have no text for the person. */
const ERRORS: Record<string, string> = {
  no_intent_match: 'Sorry, Home Assistant did not understand that.',
  no_valid_targets: 'Sorry, Home Assistant knows no such device.',
  failed_to_handle: 'Sorry, Home Assistant could not do that.',
};

export interface HomeAssistantBrain extends Brain {
  /** Whether the API answers, and accepts the token. @throws AssistantError */
  ping(): Promise<void>;
  readonly provider: string;
}

/** @throws AssistantError `assistant_config` */
export function createHomeAssistantBrain(settings: ProviderSettings, context: PartContext): HomeAssistantBrain {
  const api = apiOf(settings);
  const provider = `home-assistant at ${api.host}`;
  const { clock, reportUsage } = context;
  const timeoutMs = settings.timeoutMs ?? TIMEOUT_MS;
  const http = createHttpFetch(provider);
  /** Device → its conversation: Home Assistant remembers what was said in it. */
  const conversations = new Map<string, string>();

  async function request(method: 'GET' | 'POST', path: string, body: object | undefined, signal: AbortSignal) {
    const headers = { authorization: `Bearer ${settings.key?.()}`, 'content-type': 'application/json' };
    let response: Response;
    try {
      const url = new URL(path, api);
      response = await http.fetch(url, { method, headers, signal, ...(body && { body: JSON.stringify(body) }) });
    } catch (thrown) {
      throw connectionError(thrown, provider);
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw onlyOnce(httpError(provider, response.status));
    }
    return readJson(response, provider);
  }

  function remember(device: string, id: string | null | undefined): void {
    conversations.delete(device);
    if (!id) return;
    conversations.set(device, id);
    const oldest = conversations.size > MAX_CONVERSATIONS ? conversations.keys().next().value : undefined;
    if (oldest !== undefined) conversations.delete(oldest);
  }

  async function converse({ text, device }: BrainRequest, signal: AbortSignal): Promise<BrainOutput> {
    const known = conversations.get(device.name);
    const body = {
      ...{ text, language: device.language },
      ...(known !== undefined && { conversation_id: known }),
      ...(settings.model !== undefined && { agent_id: settings.model }),
    };
    const written = await request('POST', 'conversation/process', body, signal);
    const { success, output } = v.safeParse(conversation, written);
    if (!success) throw badAnswer(provider, 'it is not an answer of a conversation');
    remember(device.name, output.conversation_id);
    reportUsage(device.name, { requests: 1 });
    const asks = output.continue_conversation === true;
    return { type: 'text', text: speechOf(output, provider), ...(asks && { asks }) };
  }

  return {
    provider,
    async *answer(asked, signal) {
      try {
        const limits = { provider, clock, timeoutMs, signal };
        yield await limitedCall((opened) => converse(asked, opened), limits);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
    async ping() {
      const { signal } = new AbortController();
      await limitedCall((opened) => request('GET', '', undefined, opened), { provider, clock, timeoutMs, signal });
    },
    prepare() {
      return this.ping();
    },
    close: async () => http.close(),
  };
}

function apiOf({ url, key }: ProviderSettings): URL {
  if (url === undefined) {
    throw wrongSettings('Home Assistant has no address', 'Write it as url: http://homeassistant.local:8123.');
  }
  if (!key?.()) {
    const hint =
      'Make a long-lived access token in your profile there, and give it by keyFile or HOME_ASSISTANT_TOKEN.';
    throw wrongSettings('Home Assistant needs a token', hint);
  }
  const api = new URL(url);
  if (!/^https?:$/.test(api.protocol))
    throw wrongSettings('The address of Home Assistant is not http:// or https://', 'Check url.');
  api.search = '';
  api.hash = '';
  api.pathname = `${api.pathname.replace(/\/(api\/?)?$/, '')}/api/`;
  return api;
}

async function readJson(response: Response, provider: string): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch (thrown) {
    throw connectionError(thrown, provider);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw badAnswer(provider, 'it is not JSON');
  }
}

/** Until the connection stands, nothing was asked. After that it may be done already: no light is switched twice. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

function connectionError(thrown: unknown, provider: string): unknown {
  if (thrown instanceof AssistantError || (thrown instanceof Error && thrown.name === 'AbortError')) return thrown;
  const error = unreachable(provider, thrown);
  return NOT_SENT.has(systemCode(thrown) ?? '') ? error : onlyOnce(error);
}

function onlyOnce({ code, message, hint, cause }: AssistantError): AssistantError {
  return new AssistantError(code, message, hint, { cause });
}

function speechOf({ response }: Conversation, provider: string): string {
  const speech = response.speech?.plain?.speech?.trim();
  if (speech) return speech;
  if (response.response_type === 'error') return ERRORS[response.data?.code ?? ''] ?? 'Sorry, Home Assistant failed.';
  if (response.response_type === 'action_done') return 'Done.';
  throw badAnswer(provider, 'it is empty');
}
