/** Plays a chirp at a message, and tells when the first block of it is rendered. */
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => unknown): void;

const FROM_HZ = 1_000;
const TO_HZ = 3_000;
const AMPLITUDE = 0.25;

class Chirp extends AudioWorkletProcessor {
  #seconds = 0;
  #samples = 0;
  #at = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data: seconds }: MessageEvent<number>) => {
      this.#seconds = seconds;
      this.#samples = Math.round(seconds * sampleRate);
      this.#at = 0;
    };
  }

  process(_inputs: Float32Array[][], [output]: Float32Array[][]): boolean {
    const channel = output?.[0];
    if (!channel || this.#at >= this.#samples) return true;
    if (this.#at === 0) this.port.postMessage('rendered');
    for (let i = 0; i < channel.length && this.#at < this.#samples; i++) channel[i] = this.#sample(this.#at++);
    return true;
  }

  /** The chirp of src/tools/doctor/chirp.ts at the rate of the context. */
  #sample(at: number): number {
    const t = at / sampleRate;
    const phase = 2 * Math.PI * (FROM_HZ * t + ((TO_HZ - FROM_HZ) * t * t) / (2 * this.#seconds));
    return AMPLITUDE * Math.sin((Math.PI * at) / this.#samples) * Math.sin(phase);
  }
}

registerProcessor('chirp', Chirp);
