/**
 * libopus as WebAssembly in Node, from the package @evan/opus: for FEC, which @discordjs/opus lacks, and where that has no build. It was chosen by
 * measurement: docs/playback.md, "Forward error correction".
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Libopus, loadLibopus } from './libopus.ts';

const BUILDS = ['simd', 'opus'] as const;

let library: Libopus | undefined;

/** Undefined when the package is missing or none of its builds runs on this processor. */
export function wasmOpus(): Libopus | undefined {
  library ??= find();
  return library;
}

function find(): Libopus | undefined {
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
