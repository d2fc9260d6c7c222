/**
 * The body of a request, up to a limit. Never throws.
 */
import type { IncomingMessage } from 'node:http';

/** Undefined: it is longer; the rest is not read, so the connection cannot be used again. Of a client that broke off: an empty one. */
export async function limitedBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  let bytes = 0;
  const blocks: Buffer[] = [];
  try {
    // The connection stays open for the answer.
    for await (const block of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += block.length;
      if (bytes > maxBytes) return undefined;
      blocks.push(block);
    }
  } catch {
    // The answer goes nowhere.
    return Buffer.alloc(0);
  }
  return Buffer.concat(blocks);
}
