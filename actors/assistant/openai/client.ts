/**
 * The client of OpenAI's API, for OpenAI and every server that speaks it. The package is loaded when it is used first.
 */
import type OpenAI from 'openai';
import { EarshotError, errorFields, systemCode } from '../../../src/core/errors.ts';
import {
  AssistantError,
  badAnswer,
  httpError,
  NAME_A_MODEL,
  parseRetryAfter,
  providerFailed,
  unreachable,
  wrongSettings,
} from '../parts/errors.ts';
import type { PartContext, ProviderSettings } from '../parts/provider.ts';
import { createHttpFetch } from '../requests/http-fetch.ts';
import { limitedCall, type RequestLimits } from '../requests/limited-request.ts';

const OPENAI_URL = 'https://api.openai.com/v1';
/** Of Node's timers. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
/** A person who waits for longer has given up. */
const TIMEOUT_MS = 8_000;

export interface ApiClient {
  /** For people, e.g. `openai at api.openai.com`. */
  readonly provider: string;
  readonly model: string;
  openai(): Promise<OpenAI>;
  limits(signal: AbortSignal): RequestLimits;
  /** The error of the assistant for one of the package or of Node. */
  errorOf(thrown: unknown): unknown;
  /** Loads the package and opens a connection. @throws AssistantError the server cannot be reached, or refuses the key */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

export interface ApiClientOptions {
  settings: ProviderSettings;
  context: PartContext;
  /** OpenAI's model for the part; other servers have no default. */
  defaultModel: string;
}

/** @throws AssistantError `assistant_config` */
export function createApiClient({ settings, context, defaultModel }: ApiClientOptions): ApiClient {
  const url = parseUrl(settings.url ?? OPENAI_URL);
  const model = modelOf(settings, url, defaultModel);
  const provider = `openai at ${url.host}`;
  const http = createHttpFetch(provider);
  const timeoutMs = settings.timeoutMs ?? TIMEOUT_MS;
  const { clock, log } = context;
  let loaded: Promise<OpenAI> | undefined;

  async function load(): Promise<OpenAI> {
    const { OpenAI } = await import('openai');
    return new OpenAI({
      baseURL: url.href,
      // Read for each request. A server in the house may need none.
      apiKey: async () => keyOf(settings, url),
      fetch: http.fetch,
      // Retries and limits of time are ours (../requests), for all providers alike.
      maxRetries: 0,
      timeout: LONGEST_TIMEOUT_MS,
      // The package logs what it receives and reads more of the environment than the configuration says.
      logLevel: 'off',
      organization: null,
      project: null,
      webhookSecret: null,
      adminAPIKey: null,
    });
  }

  const client: ApiClient = {
    provider,
    model,
    openai() {
      loaded ??= load();
      return loaded;
    },
    limits: (signal) => ({
      provider,
      clock,
      timeoutMs,
      signal,
      onRetry: (error, pauseMs) => log.info('a provider is asked again', { ...errorFields(error), pauseMs }),
    }),
    errorOf: (thrown) => errorOf(thrown, provider, clock.wallNow()),
    async prepare() {
      const openai = await client.openai();
      const call = async (signal: AbortSignal) => {
        try {
          await openai.models.list({ signal });
        } catch (thrown) {
          throw client.errorOf(thrown);
        }
      };
      try {
        await limitedCall(call, client.limits(new AbortController().signal));
      } catch (error) {
        // Not every server has a list of models. The connection is open.
        if (!(error instanceof AssistantError) || !['assistant_refused', 'assistant_bad_answer'].includes(error.code))
          throw error;
      }
    },
    async close() {
      http.close();
    },
  };
  return client;
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  throw wrongSettings(
    'The URL of an OpenAI-compatible provider must begin with http:// or https://, without a name and a password',
    `OpenAI's own is ${OPENAI_URL}.`,
  );
}

function modelOf({ model }: ProviderSettings, { host, origin }: URL, defaultModel: string): string {
  if (model !== undefined) return model;
  if (origin === new URL(OPENAI_URL).origin) return defaultModel;
  throw wrongSettings(`No model is set for ${host}`, NAME_A_MODEL);
}

/** A server in the house may need no key; the package needs one. @throws AssistantError `assistant_config` */
function keyOf({ key }: ProviderSettings, { host, origin }: URL): string {
  const found = key?.();
  if (found !== undefined) return found;
  if (origin === new URL(OPENAI_URL).origin) throw wrongSettings(`There is no key for ${host}`, 'Set OPENAI_API_KEY.');
  return 'none';
}

function errorOf(thrown: unknown, provider: string, nowMs: number): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const known = [thrown, thrown.cause].find((error) => error instanceof EarshotError);
  if (known) return known;
  if (thrown instanceof SyntaxError) return badAnswer(provider, 'it is not valid JSON');
  const { status, headers, code, type } = thrown as Partial<InstanceType<typeof OpenAI.APIError>>;
  if (typeof status === 'number') {
    const retryAfterMs = parseRetryAfter(headers?.get('retry-after'), nowMs);
    return httpError(provider, status, { retryAfterMs, type: code ?? type });
  }
  for (const error of [thrown, thrown.cause]) if (systemCode(error)) return unreachable(provider, error);
  // Errors of the package have its name in their stack only; this one stands inside of a stream.
  if ('error' in thrown && 'requestID' in thrown) {
    const name = code ?? type;
    if (name === 'rate_limit_exceeded' || name === 'insufficient_quota')
      return httpError(provider, 429, { type: name });
    return providerFailed(provider, 'it reports an error in its answer');
  }
  return thrown;
}
