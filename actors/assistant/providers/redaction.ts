/**
 * Takes secrets out of texts: a provider, or a module of the user, may quote the key or what was said in its errors.
 */
import type { Log, LogFields } from '../../../src/core/log/log.ts';

/** Shorter ones are parts of ordinary words. */
const SHORTEST = 4;

export function redact(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret !== undefined && secret.length >= SHORTEST) clean = clean.replaceAll(secret, '[removed]');
  }
  return clean;
}

/** A log in which no key can stand. */
export function redactingLog(log: Log, keys: readonly string[]): Log {
  // In JSON some characters are escaped.
  const secrets = keys.flatMap((key) => [key, JSON.stringify(key).slice(1, -1)]);
  const clean = (fields: LogFields): LogFields => JSON.parse(redact(JSON.stringify(fields), secrets));
  const level = (name: keyof Log) => (message: string, fields?: LogFields) =>
    log[name](redact(message, secrets), fields && clean(fields));
  return { debug: level('debug'), info: level('info'), warn: level('warn'), error: level('error') };
}
