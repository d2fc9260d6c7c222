/**
 * The raw functions of libopus as WebAssembly: the module of the package @evan/opus, without its JavaScript, or the smaller one of pages
 * (deploy/opus-wasm). So it runs in Node, in browsers and in audio worklets.
 */
/** The functions of libopus that are used, as the module exports them. */
export interface Libopus {
  memory: WebAssembly.Memory;
  _initialize(): void;
  malloc(bytes: number): number;
  free(pointer: number): void;
  opus_encoder_get_size(channels: number): number;
  opus_encoder_init(encoder: number, sampleRateHz: number, channels: number, application: number): number;
  opus_encoder_ctl_set(encoder: number, control: number, value: number): number;
  opus_encode(encoder: number, pcm: number, samples: number, data: number, maxBytes: number): number;
  opus_decoder_get_size(channels: number): number;
  opus_decoder_init(decoder: number, sampleRateHz: number, channels: number): number;
  opus_decode(decoder: number, data: number, bytes: number, pcm: number, samples: number, fec: number): number;
}

/** @throws when the bytes are no module, or one that this processor cannot run */
export function loadLibopus(bytes: Uint8Array<ArrayBuffer>): Libopus {
  const nothing = (): number => 0;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
    wasi_snapshot_preview1: { proc_exit: nothing, fd_close: nothing, fd_write: nothing, fd_seek: nothing },
    env: { emscripten_notify_memory_growth: nothing },
  });
  const libopus = exports as unknown as Libopus;
  libopus._initialize();
  return libopus;
}

const garbage = new FinalizationRegistry(({ opus, pointer }: { opus: Libopus; pointer: number }) => opus.free(pointer));

/** Frees the memory of an encoder or decoder some time after its handle is no longer reachable. */
export function freeWith(handle: object, opus: Libopus, pointer: number): void {
  garbage.register(handle, { opus, pointer });
}
