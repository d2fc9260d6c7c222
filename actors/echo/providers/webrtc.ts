/**
 * The echo canceller of WebRTC (AEC3), in LiveKit's package, which the user installs: it follows clocks that drift apart, and costs two
 * to three times as much as speex and 28 MB.
 */
import { EarshotError, messageOf } from '../../../src/core/errors.ts';
import { FRAME_SIZE_10_MS, SAMPLE_RATE_HZ } from '../../../src/protocol/format.ts';
import type { EchoCanceller, EchoCancellerProvider } from '../port.ts';

/** The version with which this was tested. */
const PACKAGE = '@livekit/rtc-ffi-bindings';
const VERSION = '0.12.73';
/** Blocks of another size abort the process. */
const BLOCK_SAMPLES = FRAME_SIZE_10_MS;

/** The part of the package that is used. */
interface Bindings {
  livekitInitialize(onEvent: () => void, captureLogs: boolean, version: string): void;
  livekitFfiRequest(request: Uint8Array): Uint8Array;
  livekitRetrievePtr(memory: Uint8Array): bigint;
  FfiRequest: new (fields: object) => { toBinary(): Uint8Array };
  FfiResponse: { fromBinary(bytes: Uint8Array): { message: { value: FfiAnswer } } };
  FfiHandle: new (id: bigint) => { handle: bigint; dispose(): void };
  NewApmRequest: new (fields: object) => object;
  ApmProcessStreamRequest: new (fields: object) => object;
  ApmProcessReverseStreamRequest: new (fields: object) => object;
}

interface FfiAnswer {
  error?: string;
  apm: { handle: { id: bigint } };
}

let bindings: Promise<Bindings> | undefined;

export const webrtc: EchoCancellerProvider = {
  name: 'webrtc',
  description: `WebRTC's, for two cards, too (npm install --no-save ${PACKAGE}@${VERSION})`,
  needsOneClock: false,
  async load() {
    bindings ??= loadBindings();
    const loaded = await bindings.catch((error) => {
      bindings = undefined;
      throw error;
    });
    return () => createWebrtcCanceller(loaded);
  },
};

async function loadBindings(): Promise<Bindings> {
  try {
    const { default: loaded } = (await import(PACKAGE)) as { default: Bindings };
    loaded.livekitInitialize(() => {}, false, '0.0.0');
    return loaded;
  } catch (cause) {
    throw new EarshotError(
      'echo_canceller_unavailable',
      `The echo canceller webrtc: ${PACKAGE} cannot be loaded: ${messageOf(cause).split('\n')[0]}`,
      `Run in Earshot's folder: npm install --no-save ${PACKAGE}@${VERSION}.`,
      { cause },
    );
  }
}

function createWebrtcCanceller(loaded: Bindings): EchoCanceller {
  const request = (name: string, value: object): FfiAnswer => {
    const bytes = new loaded.FfiRequest({ message: { case: name, value } }).toBinary();
    const { value: answer } = loaded.FfiResponse.fromBinary(loaded.livekitFfiRequest(bytes)).message;
    if (answer.error) throw new Error(`${PACKAGE}: ${answer.error}`);
    return answer;
  };
  const create = () => {
    const settings = { echoCancellerEnabled: true, highPassFilterEnabled: true };
    const off = { gainControllerEnabled: false, noiseSuppressionEnabled: false };
    return new loaded.FfiHandle(request('newApm', new loaded.NewApmRequest({ ...settings, ...off })).apm.handle.id);
  };
  const out = new Int16Array(BLOCK_SAMPLES);
  const played = new Int16Array(BLOCK_SAMPLES);
  let apm: ReturnType<typeof create> | undefined = create();

  /** In place. */
  function apply(name: string, Request: new (fields: object) => object, samples: Int16Array): void {
    if (!apm) throw new Error('this echo canceller is closed');
    const memory = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
    const [dataPtr, size] = [loaded.livekitRetrievePtr(memory), samples.byteLength];
    request(name, new Request({ apmHandle: apm.handle, dataPtr, size, sampleRate: SAMPLE_RATE_HZ, numChannels: 1 }));
  }

  return {
    blockSamples: BLOCK_SAMPLES,
    delaySamples: 0,
    process(microphone, reference) {
      for (const { length } of [microphone, reference]) {
        if (length !== BLOCK_SAMPLES) throw new RangeError(`a block has ${BLOCK_SAMPLES} samples, not ${length}`);
      }
      played.set(reference);
      out.set(microphone);
      apply('apmProcessReverseStream', loaded.ApmProcessReverseStreamRequest, played);
      apply('apmProcessStream', loaded.ApmProcessStreamRequest, out);
      return out;
    },
    reset() {
      apm?.dispose();
      apm = create();
    },
    /** Until then it keeps the process from ending. */
    close() {
      apm?.dispose();
      apm = undefined;
    },
  };
}
