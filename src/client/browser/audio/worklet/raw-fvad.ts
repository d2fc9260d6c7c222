/**
 * The functions of the package @echogarden/fvad-wasm without its JavaScript, which needs what a worklet does not have. The names of its
 * exports are those of version 0.2.0.
 */
import type { Libfvad } from '../../../../../actors/listening/fvad-detector.ts';

interface RawExports {
  c: WebAssembly.Memory;
  d(): void;
  e(): number;
  f(bytes: number): number;
  h(detector: number): void;
  i(pointer: number): void;
  j(detector: number, mode: number): number;
  k(detector: number, sampleRateHz: number): number;
  l(detector: number, samples: number, length: number): number;
}

/** @throws when the bytes are not this module */
export function loadRawFvad(bytes: Uint8Array<ArrayBuffer>): Libfvad {
  // Its assertion failed, or it wants more memory than it was made with: neither happens with one detector.
  const refuse = () => 0;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { a: { a: refuse, b: refuse } });
  const raw = exports as unknown as RawExports;
  raw.d();
  return {
    memory: raw.c,
    malloc: raw.f,
    free: raw.i,
    fvadNew: raw.e,
    fvadFree: raw.h,
    fvadSetMode: raw.j,
    fvadSetSampleRate: raw.k,
    fvadProcess: raw.l,
  };
}
