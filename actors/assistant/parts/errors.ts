/**
 * The errors of the assistant's providers. Neither a key nor anything that was said stands in them: what a provider
 * writes into its own error is not repeated, because it may quote both.
 */
import { connectReason, isCertificateError } from '../../../src/core/connect-reasons.ts';
import { EarshotError, type ErrorCode, systemCode } from '../../../src/core/errors.ts';

/** Codes of errors for which a person hears a sentence; see the constructors below. */
export type AssistantErrorCode = Extract<ErrorCode, `assistant_${string}`>;

export interface RetryAdvice {
  /** The same request may succeed now or soon. */
  isRetryable?: boolean;
  /** Before this time has passed the provider refuses the request again. */
  retryAfterMs?: number | undefined;
}

export class AssistantError extends EarshotError {
  declare readonly code: AssistantErrorCode;
  readonly isRetryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(
    code: AssistantErrorCode,
    message: string,
    hint: string,
    { isRetryable = false, retryAfterMs, ...options }: RetryAdvice & ErrorOptions = {},
  ) {
    super(code, message, hint, options);
    this.name = 'AssistantError';
    this.isRetryable = isRetryable;
    this.retryAfterMs = retryAfterMs;
  }
}

// In each, `provider` is its name for people, e.g. `openai at api.openai.com`.

/** For a server that has no default model. */
export const NAME_A_MODEL =
  'Name one of its models: `model` in the configuration file, or a variable like EARSHOT_BRAIN_MODEL.';

/** Settings that cannot work. */
export function wrongSettings(message: string, hint: string): AssistantError {
  return new AssistantError('assistant_config', message, hint);
}

export function keyRefused(provider: string, status: number): AssistantError {
  const message = `${provider} refused the key (HTTP ${status})`;
  return new AssistantError('assistant_key_refused', message, 'Check the key, and what it is allowed to use.');
}

export function rateLimited(provider: string, retryAfterMs?: number): AssistantError {
  const when = retryAfterMs === undefined ? '' : ` for ${Math.ceil(retryAfterMs / 1_000)} s`;
  const message = `${provider} accepts no more requests${when} (HTTP 429)`;
  const hint = 'Wait, or ask the provider for a higher limit.';
  return new AssistantError('assistant_rate_limited', message, hint, { isRetryable: true, retryAfterMs });
}

/** Unlike {@link rateLimited} it does not pass by itself. */
export function creditUsedUp(provider: string): AssistantError {
  const message = `${provider} says that the account's credit or quota is used up (HTTP 429)`;
  return new AssistantError(
    'assistant_rate_limited',
    message,
    'Pay for more with the provider, or choose another one.',
  );
}

/** The connection could not be made, or ended before the answer began. `cause` is an error of a socket. */
export function unreachable(provider: string, cause: unknown): AssistantError {
  const code = systemCode(cause) ?? 'unknown';
  if (isCertificateError(code)) {
    const message = `The certificate of ${provider} is not valid (${code})`;
    const hint = 'Check the URL and the clock of this machine; for a certificate of your own set NODE_EXTRA_CA_CERTS.';
    return new AssistantError('assistant_unreachable', message, hint, { cause });
  }
  const message = `${provider} cannot be reached: ${connectReason(code) ?? `the connection failed (${code})`}`;
  const hint = 'Check its URL and the network.';
  return new AssistantError('assistant_unreachable', message, hint, { cause, isRetryable: true });
}

/** `what`: what did not come, e.g. `an answer` or `the rest of the answer`. */
export function timedOut(provider: string, what: string, timeoutMs: number): AssistantError {
  const message = `${provider} did not send ${what} within ${timeoutMs / 1_000} s`;
  return new AssistantError('assistant_timeout', message, 'Try again; if it stays so slow, choose another model.');
}

/** HTTP 5xx, or its equivalent. */
export function providerFailed(provider: string, status: number | string, retryAfterMs?: number): AssistantError {
  const message = `${provider} has a fault (${typeof status === 'number' ? `HTTP ${status}` : status})`;
  const hint = 'Try again later; see its status page or its log.';
  return new AssistantError('assistant_failed', message, hint, { isRetryable: true, retryAfterMs });
}

/** It does not accept the request; the same one will never succeed. `reason`: why, from a fixed list of reasons. */
export function requestRefused(provider: string, status: number | string, reason?: string): AssistantError {
  const how = typeof status === 'number' ? `HTTP ${status}` : status;
  const message = `${provider} refused the request (${how}${reason === undefined ? '' : `: ${reason}`})`;
  return new AssistantError('assistant_refused', message, 'Check its URL, model and voice: earshot doctor.');
}

/** `what`: what is wrong with it, e.g. `it is empty`. */
export function badAnswer(provider: string, what: string, options: RetryAdvice & ErrorOptions = {}): AssistantError {
  const hint = 'Check that its URL is that of such a server, and its log.';
  return new AssistantError('assistant_bad_answer', `The answer of ${provider} is not usable: ${what}`, hint, options);
}

/**
 * The error of an HTTP status that is not 2xx. `type`: the provider's own code of the error (`model_not_found`), of
 * which only known values are repeated.
 */
export function httpError(
  provider: string,
  status: number,
  { retryAfterMs, type }: { retryAfterMs?: number | undefined; type?: string | undefined } = {},
): AssistantError {
  if (status === 401 || status === 403) return keyRefused(provider, status);
  if (status === 429)
    return type === 'insufficient_quota' ? creditUsedUp(provider) : rateLimited(provider, retryAfterMs);
  if (status >= 500 || status === 408) return providerFailed(provider, status, retryAfterMs);
  if (status >= 300 && status < 400) return requestRefused(provider, status, 'it redirects to another URL');
  return requestRefused(provider, status, REFUSALS[type ?? ''] ?? (status === 404 ? 'not found' : undefined));
}

const REFUSALS: Record<string, string> = {
  model_not_found: 'it has no such model',
  context_length_exceeded: 'the conversation is too long for the model',
  unsupported_value: 'it does not support one of the settings',
  invalid_voice: 'it has no such voice',
  content_policy_violation: 'its content policy',
};

/** Milliseconds of a `Retry-After` header (RFC 9110, 10.2.3): seconds or a date. Undefined if it is neither. */
export function parseRetryAfter(header: string | null | undefined, nowMs: number): number | undefined {
  if (!header) return undefined;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1_000;
  // Date.parse also accepts much that is no HTTP date, e.g. `-1`.
  const atMs = header.endsWith('GMT') ? Date.parse(header) : Number.NaN;
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
