/** Reads a whole file, or standard input if the name is `-`. */
import { constants, createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { EarshotError } from '../errors.ts';
import { descriptorNamed, inputName, statusOf } from './descriptors.ts';
import { inputError, unreadable } from './file-errors.ts';

export interface InputOptions {
  /** A larger file is an error, because it is kept in memory. */
  maxBytes: number;
  /** What it should be, such as "WAV file". */
  kind?: string;
}

/** @throws EarshotError `file_not_found`, `file_unreadable` */
export async function readInput(path: string, { maxBytes, kind }: InputOptions): Promise<Uint8Array> {
  const name = inputName(path);
  try {
    if (descriptorNamed(path, 'input') !== undefined) return await readStream(openStandardInput(), name, maxBytes);
    // Non-blocking: opening a pipe without a writer would block forever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await file.stat();
      if (status.isFIFO()) throw new EarshotError('file_unreadable', `${path} cannot be read: it is a pipe`, PIPE_HINT);
      if (!status.isFile())
        throw unreadable(path, status.isDirectory() ? 'it is a directory' : 'it is not a file', kind);
      if (status.size > maxBytes) throw tooLarge(name, maxBytes, status.size);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof EarshotError) throw error;
    throw inputError(name, error, kind);
  }
}

const PIPE_HINT = 'Read it as standard input: - instead of its name, and < PIPE at the end.';

async function readStream(stream: Readable, name: string, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of stream as AsyncIterable<Uint8Array>) {
    parts.push(part);
    bytes += part.length;
    if (bytes > maxBytes) throw tooLarge(name, maxBytes);
  }
  return Buffer.concat(parts);
}

let standardInputIsTaken = false;

/**
 * Standard input as a stream, once for each thread. Reading never blocks a thread, so the process can end at any time.
 * @throws EarshotError `file_unreadable`
 */
export function openStandardInput(): Readable {
  const fd = descriptorNamed('-', 'input') ?? 0;
  if (standardInputIsTaken) {
    throw new EarshotError('file_unreadable', 'Standard input has been read already', 'It can be read only once.');
  }
  standardInputIsTaken = true;
  const status = statusOf(fd);
  if (status?.isFIFO() || status?.isSocket()) return new Socket({ fd, readable: true, writable: false });
  return createReadStream('', { fd, autoClose: false });
}

function tooLarge(name: string, maxBytes: number, bytes = maxBytes + 1): EarshotError {
  const mebibytes = (value: number): string => `${Math.ceil(value / 1024 / 1024)} MiB`;
  const reason = `it is too large: ${mebibytes(bytes)} or more; the limit is ${mebibytes(maxBytes)}`;
  return new EarshotError('file_unreadable', `${name} cannot be read: ${reason}`, 'Cut it, or make it smaller.');
}
