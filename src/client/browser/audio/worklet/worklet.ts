/** The script of the audio worklet: worklet.js of a page. */
import type { FromWorklet, TimedMessage, WorkletSettings } from '../messages.ts';
import { createWorkletAudio, type WorkletAudio } from './worklet-audio.ts';

/** Of AudioWorkletGlobalScope, for which TypeScript has no types. */
declare const sampleRate: number;
declare const currentTime: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: WorkletSettings }) => unknown,
): void;

class EarshotProcessor extends AudioWorkletProcessor {
  readonly #audio: WorkletAudio;

  constructor({ processorOptions }: { processorOptions: WorkletSettings }) {
    super();
    this.#audio = createWorkletAudio({
      settings: processorOptions,
      sampleRateHz: sampleRate,
      audioNowMs: () => currentTime * 1_000,
      post: (message: FromWorklet, transfer = []) => this.port.postMessage(message, transfer),
    });
    this.port.onmessage = ({ data }: MessageEvent<TimedMessage>) => this.#audio.handle(data);
  }

  process([input]: Float32Array[][], [output]: Float32Array[][]): boolean {
    this.#audio.render(input?.[0], output?.[0]);
    return !this.#audio.isClosed;
  }
}

registerProcessor('earshot', EarshotProcessor);
