/**
 * A thread that encodes speech, of several sentences at the same time: after each few frames it turns to the next one.
 */
import { on } from 'node:events';
import { setImmediate as otherSentences } from 'node:timers/promises';
import { type MessagePort, threadId } from 'node:worker_threads';
import { type ErrorInfo, errorInfo } from '../../../../src/core/errors.ts';
import type { Pcm } from '../../parts/synthesizer.ts';
import { createSentenceEncoder } from './sentence-encoder.ts';

export interface EncoderTask {
  /** Samples come in, frames go out. */
  port: MessagePort;
  trimStart: boolean;
}

export type ToEncoder = { type: 'pcm'; pcm: Pcm } | { type: 'end' };
export type FromEncoder =
  | { type: 'thread'; threadId: number }
  | { type: 'frames'; frames: Uint8Array[] }
  | { type: 'end' }
  /** The samples cannot be encoded. */
  | { type: 'failed'; error: ErrorInfo };

/** Ends when the sentence is encoded, or its port is closed. */
export default async function encodeSentence({ port, trimStart }: EncoderTask): Promise<void> {
  const tell = (message: FromEncoder) => port.postMessage(message);
  tell({ type: 'thread', threadId });
  const encoder = createSentenceEncoder(trimStart);
  let isClosed = false;
  const guardedClose = () => {
    isClosed = true;
  };
  port.on('close', guardedClose);
  try {
    for await (const [message] of on(port, 'message', { close: ['close'] }) as AsyncIterable<[ToEncoder]>) {
      const isEnd = message.type === 'end';
      for await (const frames of isEnd ? encoder.end() : encoder.push(message.pcm)) {
        tell({ type: 'frames', frames });
        await otherSentences();
        // Nobody reads the frames any more.
        if (isClosed) return;
      }
      if (isEnd) break;
    }
    tell({ type: 'end' });
  } catch (error) {
    tell({ type: 'failed', error: errorInfo(error) });
  } finally {
    encoder.close();
    port.close();
  }
}
