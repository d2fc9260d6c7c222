/**
 * Opus in Node: the native library (@discordjs/opus), or libopus as WebAssembly where that has no build for this machine. Both are libopus, and
 * their frames decode alike; WebAssembly takes more of the processor (`earshot doctor` measures it).
 */
import { EarshotError } from '../../src/core/errors.ts';
import { type FrameSize, RECOMMENDED_FRAME_SIZE } from '../../src/protocol/format.ts';
import { type EncoderSettings, type FrameEncoder, SPECIFIED_SETTINGS } from './encoder-settings.ts';
import { createFecDecoder } from './fec-decoder.ts';
import { loadNativeOpus, type NativeOpus } from './native-opus.ts';
import type { OpusDecoder } from './opus-decoder.ts';
import { createWasmEncoder } from './wasm-encoder.ts';
import { wasmOpus } from './wasm-opus.ts';

export type OpusLibrary = 'native' | 'webassembly';

interface Opus extends NativeOpus {
  library: OpusLibrary;
}

let opus: Opus | undefined;

/** Loads libopus when it is first needed. @throws EarshotError `codec_unavailable` */
function loadOpus(): Opus {
  opus ??= findOpus(process.env.EARSHOT_OPUS);
  return opus;
}

/** @param wanted `webassembly`: although the native library may be there */
function findOpus(wanted: string | undefined): Opus {
  let cause: unknown;
  try {
    if (wanted !== 'webassembly') return { library: 'native', ...loadNativeOpus() };
  } catch (error) {
    cause = error;
  }
  const libopus = wasmOpus();
  if (libopus) {
    return {
      library: 'webassembly',
      createEncoder: (settings) => createWasmEncoder(libopus, settings),
      createDecoder: (frameSamples) => createFecDecoder(libopus, frameSamples),
    };
  }
  throw new EarshotError(
    'codec_unavailable',
    'The Opus codec cannot be loaded: neither @discordjs/opus nor @evan/opus works',
    'Install Earshot again; to compile it: apt-get install build-essential python3, then npm install @discordjs/opus.',
    { cause },
  );
}

/** Which library encodes. @throws EarshotError `codec_unavailable` */
export function opusLibrary(): OpusLibrary {
  return loadOpus().library;
}

/** @throws EarshotError `codec_unavailable` */
export function createOpusEncoder(settings: EncoderSettings = SPECIFIED_SETTINGS): FrameEncoder {
  return loadOpus().createEncoder(settings);
}

/** A decoder of one stream, by default of 20 ms frames. @throws EarshotError `codec_unavailable` */
export function createOpusDecoder(frameSamples: FrameSize = RECOMMENDED_FRAME_SIZE): OpusDecoder {
  return loadOpus().createDecoder(frameSamples);
}
