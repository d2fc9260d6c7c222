/** WebRTC's voice activity detector as WebAssembly. The package has no types. */
declare module '@echogarden/fvad-wasm' {
  export interface Fvad {
    /** Replaced when the memory grows. */
    readonly HEAP16: Int16Array;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    /** 0: out of memory. */
    _fvad_new(): number;
    _fvad_free(detector: number): void;
    _fvad_reset(detector: number): void;
    /** Negative: refused. */
    _fvad_set_mode(detector: number, mode: 0 | 1 | 2 | 3): number;
    _fvad_set_sample_rate(detector: number, hz: number): number;
    /** 1: voice, 0: none, negative: not 10, 20 or 30 ms. */
    _fvad_process(detector: number, samples: number, count: number): number;
  }
  export default function instantiate(): Promise<Fvad>;
}
