/**
 * The echo canceller of libspeexdsp (an adaptive filter in the frequency domain: MDF, Soo and Pang, 1990), with its
 * suppressor of the residual echo. Debian has the library as libspeexdsp1; koffi calls it.
 */
import { EarshotError, messageOf } from '../../../src/core/errors.ts';
import { RECOMMENDED_FRAME_SIZE, SAMPLE_RATE_HZ, SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { EchoCanceller, EchoCancellerProvider } from '../port.ts';

const LIBRARY = 'libspeexdsp.so.1';
const BLOCK_SAMPLES = RECOMMENDED_FRAME_SIZE;
/** How late an echo may be. The residual of a room with a longer decay is suppressed. */
const TAIL_SAMPLES = 200 * SAMPLES_PER_MS;

/** From speex_echo.h. */
const SPEEX_ECHO_SET_SAMPLING_RATE = 24;
/** From speex_preprocess.h. */
const SPEEX_PREPROCESS_SET_DENOISE = 0;
const SPEEX_PREPROCESS_SET_NOISE_SUPPRESS = 8;
const SPEEX_PREPROCESS_SET_ECHO_STATE = 24;

type State = unknown;

/** The functions of the library. */
interface Speexdsp {
  echoStateInit(blockSamples: number, tailSamples: number): State;
  echoStateReset(state: State): void;
  echoStateDestroy(state: State): void;
  echoControl(state: State, request: number, value: Int32Array): number;
  echoCancellation(state: State, microphone: Int16Array, reference: Int16Array, out: Int16Array): void;
  preprocessStateInit(blockSamples: number, sampleRateHz: number): State;
  preprocessStateDestroy(state: State): void;
  preprocessControl(state: State, request: number, value: Int32Array | State): number;
  preprocessRun(state: State, samples: Int16Array): number;
}

export const speex: EchoCancellerProvider = {
  name: 'speex',
  description: "libspeexdsp (Debian's libspeexdsp1), for one card with microphone and speaker",
  needsOneClock: true,
  async load() {
    const library = await loadSpeexdsp();
    return () => createSpeexCanceller(library);
  },
};

async function loadSpeexdsp(file = LIBRARY): Promise<Speexdsp> {
  const koffi = await import('koffi').then(
    (module) => module.default,
    (cause) => {
      const hint = `Run npm ci again; if koffi has no binary for ${process.arch}, use --echo-canceller none.`;
      throw unavailable(`koffi cannot be loaded: ${messageOf(cause)}`, hint, cause);
    },
  );
  try {
    const library = koffi.load(file);
    return {
      echoStateInit: library.func('void *speex_echo_state_init(int, int)'),
      echoStateReset: library.func('void speex_echo_state_reset(void *)'),
      echoStateDestroy: library.func('void speex_echo_state_destroy(void *)'),
      echoControl: library.func('int speex_echo_ctl(void *, int, void *)'),
      echoCancellation: library.func('void speex_echo_cancellation(void *, void *, void *, void *)'),
      preprocessStateInit: library.func('void *speex_preprocess_state_init(int, int)'),
      preprocessStateDestroy: library.func('void speex_preprocess_state_destroy(void *)'),
      preprocessControl: library.func('int speex_preprocess_ctl(void *, int, void *)'),
      preprocessRun: library.func('int speex_preprocess_run(void *, void *)'),
    };
  } catch (cause) {
    throw unavailable(`${file} cannot be loaded: ${messageOf(cause)}`, 'Run: apt-get install libspeexdsp1.', cause);
  }
}

function unavailable(what: string, hint: string, cause: unknown): EarshotError {
  return new EarshotError('echo_canceller_unavailable', `The echo canceller speex: ${what}`, hint, { cause });
}

function createSpeexCanceller(library: Speexdsp): EchoCanceller {
  const echo = library.echoStateInit(BLOCK_SAMPLES, TAIL_SAMPLES);
  library.echoControl(echo, SPEEX_ECHO_SET_SAMPLING_RATE, Int32Array.of(SAMPLE_RATE_HZ));
  const suppressor = createSuppressor();
  const out = new Int16Array(BLOCK_SAMPLES);
  let isClosed = false;

  /** It suppresses the residual echo only when its noise suppression is on: on, by 0 dB. */
  function createSuppressor(): State {
    const state = library.preprocessStateInit(BLOCK_SAMPLES, SAMPLE_RATE_HZ);
    library.preprocessControl(state, SPEEX_PREPROCESS_SET_ECHO_STATE, echo);
    library.preprocessControl(state, SPEEX_PREPROCESS_SET_DENOISE, Int32Array.of(1));
    library.preprocessControl(state, SPEEX_PREPROCESS_SET_NOISE_SUPPRESS, Int32Array.of(0));
    return state;
  }

  /** The library reads and writes memory: it must never get less than it expects, or a state that is gone. */
  function check(...blocks: Int16Array[]): void {
    if (isClosed) throw new Error('this echo canceller is closed');
    for (const { length } of blocks) {
      if (length !== BLOCK_SAMPLES) throw new RangeError(`a block has ${BLOCK_SAMPLES} samples, not ${length}`);
    }
  }

  return {
    blockSamples: BLOCK_SAMPLES,
    // The suppressor overlaps each block with the next one.
    delaySamples: BLOCK_SAMPLES,
    process(microphone, reference) {
      check(microphone, reference);
      library.echoCancellation(echo, microphone, reference, out);
      library.preprocessRun(suppressor, out);
      return out;
    },
    reset() {
      check();
      library.echoStateReset(echo);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      library.preprocessStateDestroy(suppressor);
      library.echoStateDestroy(echo);
    },
  };
}
