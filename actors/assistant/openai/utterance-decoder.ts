import { createOpusDecoder } from '../../codec/opus.ts';
import { concatenate } from '../../sound/s16.ts';
export interface UtteranceDecoder {
  push(frames: readonly Uint8Array[], gapSamples: number): void;
  finish(): Promise<void>;
}
export interface UtteranceDecoders {
  begin(o: { signal: AbortSignal; onSamples(samples: Int16Array): void }): UtteranceDecoder;
  prepare(): Promise<void>;
  close(): Promise<void>;
}
export function createUtteranceDecoders(_: unknown): UtteranceDecoders {
  return {
    begin({ signal, onSamples }) {
      const decoder = createOpusDecoder();
      return {
        push(frames, gapSamples) {
          if (!signal.aborted)
            onSamples(concatenate([new Int16Array(gapSamples), ...frames.map((frame) => decoder.decode(frame))]));
        },
        async finish() {},
      };
    },
    async prepare() {},
    async close() {},
  };
}
