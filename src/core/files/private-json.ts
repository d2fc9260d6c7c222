/** Earshot's own small files of JSON, read by their schema. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { systemCode } from '../errors.ts';
import { diskError } from './disk-errors.ts';

/**
 * Undefined where there is no such file, or one that was damaged by a power cut: whoever reads it can do without it.
 *
 * @throws EarshotError `store_failed` when the file cannot be read
 */
export function readPrivateJson<S extends v.GenericSchema>(path: string, schema: S): v.InferOutput<S> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw diskError(path, cause);
  }
  try {
    return v.parse(schema, JSON.parse(text));
  } catch {
    return undefined;
  }
}
