/**
 * What a gateway tells the commands on its machine: a private file in its state folder, which counts as long as its process runs.
 */
import { rmSync } from 'node:fs';
import * as v from 'valibot';
import { replacePrivateFile } from '../core/files/private-files.ts';
import { readPrivateJson } from '../core/files/private-json.ts';
import { isRunning } from '../core/process/is-running.ts';

const writer = v.looseObject({ pid: v.number() });

/** @throws EarshotError `store_failed`, `store_full` */
export function publish(path: string, content: object): void {
  replacePrivateFile(path, JSON.stringify({ ...content, pid: process.pid }));
}

export function unpublish(path: string): void {
  rmSync(path, { force: true });
}

/** Undefined when no gateway runs here. @throws EarshotError `store_failed` when the file cannot be read */
export function readPublished<S extends v.GenericSchema>(path: string, schema: S): v.InferOutput<S> | undefined {
  const content = readPrivateJson(path, writer);
  if (content === undefined || !isRunning(content.pid)) return undefined;
  const { success, output } = v.safeParse(schema, content);
  return success ? output : undefined;
}
