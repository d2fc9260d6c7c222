/**
 * The decoder for playback, in Node: with in-band FEC, which @discordjs/opus lacks, by libopus as WebAssembly in the package @evan/opus,
 * which was chosen by measurement: docs/playback.md, "Forward error correction".
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createFecDecoder, type FecDecoder } from './fec-decoder.ts';
import { type Libopus, loadLibopus } from './libopus.ts';
import { createOpusDecoder } from './opus.ts';

export type StreamDecoder = FecDecoder | ReturnType<typeof createOpusDecoder>;

const BUILDS = ['simd', 'opus'] as const;

let library: Libopus | undefined;

/** The decoder for playback: with FEC if its library is installed, else without. @throws EarshotError */
export function createStreamDecoder(): StreamDecoder {
  library ??= findLibopus();
  return library ? createFecDecoder(library) : createOpusDecoder();
}

/** Undefined when the package is missing or none of its builds runs on this processor. */
function findLibopus(): Libopus | undefined {
  const require = createRequire(import.meta.url);
  for (const build of BUILDS) {
    try {
      return loadLibopus(readFileSync(require.resolve(`@evan/opus/wasm/${build}.wasm`)));
    } catch {
      // No SIMD, or no package: the next one, or none.
    }
  }
  return undefined;
}
