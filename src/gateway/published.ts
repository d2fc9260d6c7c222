/**
 * What a gateway tells the commands on its machine: a private file in its state folder, which counts as long as its process runs.
 */
import { readFileSync, rmSync } from 'node:fs';
import * as v from 'valibot';
import { systemCode } from '../core/errors.ts';
import { diskError } from '../core/files/disk-errors.ts';
import { replacePrivateFile } from '../core/files/private-files.ts';
import { isRunning } from '../core/process/is-running.ts';

const writer = v.object({ pid: v.number() });

/** @throws EarshotError `store_failed`, `store_full` */
export function publish(path: string, content: object): void {
  replacePrivateFile(path, JSON.stringify({ ...content, pid: process.pid }));
}

export function unpublish(path: string): void {
  rmSync(path, { force: true });
}

/** Undefined when no gateway runs here. @throws EarshotError `store_failed` when the file cannot be read */
export function readPublished<S extends v.GenericSchema>(path: string, schema: S): v.InferOutput<S> | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw diskError(path, cause);
  }
  try {
    const content: unknown = JSON.parse(text);
    return isRunning(v.parse(writer, content).pid) ? v.parse(schema, content) : undefined;
  } catch {
    return undefined; // Damaged: a running gateway would have written a valid one.
  }
}
