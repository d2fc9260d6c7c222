/** The page that plays chirps for `npm run bench:output-latency`. */
export interface OutputPage {
  /** When the first block of each chirp was rendered, in ms since 1970, by messages of the worklet, which come a little later. */
  play(chirps: number, seconds: number, everyMs: number): Promise<number[]>;
  /** What the browser tells, in ms. In Firefox it is read once, at the end: a page that reads it again and again may hang. */
  told(): number;
}

declare global {
  interface Window {
    output: OutputPage;
  }
}

let context: AudioContext;

window.output = {
  async play(chirps, seconds, everyMs) {
    context = new AudioContext({ latencyHint: 'interactive' });
    await context.audioWorklet.addModule('worklet.js');
    const node = new AudioWorkletNode(context, 'chirp', { numberOfInputs: 0, outputChannelCount: [1] });
    node.connect(context.destination);
    await context.resume();
    const renderedAtMs: number[] = [];
    node.port.onmessage = () => renderedAtMs.push(performance.timeOrigin + performance.now());
    for (let i = 0; i < chirps; i++) {
      await new Promise((resolve) => setTimeout(resolve, everyMs));
      node.port.postMessage(seconds);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
    return renderedAtMs;
  },
  told: () => ((context.baseLatency || 0) + (context.outputLatency || 0)) * 1_000,
};
