/** The decoder for playback, in Node: with in-band FEC, which @discordjs/opus lacks. */
import { createFecDecoder, type FecDecoder } from './fec-decoder.ts';
import { createOpusDecoder } from './opus.ts';
import type { OpusDecoder } from './opus-decoder.ts';
import { wasmOpus } from './wasm-opus.ts';

export type StreamDecoder = FecDecoder | OpusDecoder;

/** The decoder for playback: with FEC if its library is installed, else without. @throws EarshotError */
export function createStreamDecoder(): StreamDecoder {
  const library = wasmOpus();
  return library ? createFecDecoder(library) : createOpusDecoder();
}
