/**
 * The body of a request as a whole, up to a limit. @throws HttpError
 */
import type { IncomingMessage } from 'node:http';
import { brokenOff, HttpError, tooLarge } from './http-answer.ts';

export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<Buffer<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      onBytes(chunk.length);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof HttpError) throw error;
    throw brokenOff();
  }
  return Buffer.concat(chunks) as Buffer<ArrayBuffer>;
}
