/** The audio contexts that a page makes, for tests that look at them: a script that runs before the page's own. */

declare global {
  interface Window {
    /** The newest last. `sinkId`: what it plays through; '' is the system's choice. */
    audioContexts: (AudioContext & { readonly sinkId: string })[];
  }
}

export const noteAudioContexts = (): void => {
  window.audioContexts = [];
  globalThis.AudioContext = class extends AudioContext {
    constructor(options?: AudioContextOptions) {
      super(options);
      window.audioContexts.push(this as never);
    }
  };
};
