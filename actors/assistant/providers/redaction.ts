/**
 * Takes secrets out of texts: a provider, or a module of the user, may quote the key or what was said in its errors.
 */
import { type Log, type LogFields, type WrittenLevel, writeEntry } from '../../../src/core/log/log.ts';

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
  const at = (level: WrittenLevel) => (message: string, fields?: LogFields) =>
    writeEntry(log, { level, message: redact(message, secrets), ...(fields && { fields: clean(fields) }) });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
