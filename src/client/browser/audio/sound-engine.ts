/** The audio context of a page with its worklet: microphone → worklet → speaker. When the browser stops it for good, a new one replaces it (lasting-engine.ts). */
import { EarshotError } from '../../../core/errors.ts';
import type { FromWorklet, TimedMessage, ToWorklet, WorkletSettings } from './messages.ts';

/**
 * From the worklet to the loudspeaker in Firefox on Linux: 21 ms, and up to a period of the sound server (10 ms) more or less, as recorded at
 * the speaker (`npm run bench:output-latency`).
 */
const FIREFOX_OUTPUT_LATENCY_S = 0.025;

export interface SoundEngineOptions {
  /** Address of worklet.js. */
  script: string;
  settings: () => Promise<WorkletSettings>;
  receive(message: FromWorklet): void;
  /** The state of the context has changed. */
  onState(): void;
  /** The worklet has thrown: it renders nothing any more. */
  onFailure(): void;
}

export class SoundEngine {
  readonly #context: AudioContext;
  readonly #node: AudioWorkletNode;
  #source: MediaStreamAudioSourceNode | undefined;

  private constructor(context: AudioContext, settings: WorkletSettings, options: SoundEngineOptions) {
    const { receive, onState, onFailure } = options;
    this.#context = context;
    this.#node = new AudioWorkletNode(context, 'earshot', {
      numberOfInputs: 1,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      channelCount: 1,
      channelCountMode: 'explicit',
      processorOptions: settings,
    });
    this.#node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => receive(data);
    this.#node.onprocessorerror = onFailure;
    this.#node.connect(context.destination);
    context.onstatechange = onState;
  }

  /**
   * Call it in the person's gesture: else the browser keeps the context suspended.
   *
   * @throws EarshotError (by rejection) `audio_unsupported`
   */
  static async start(options: SoundEngineOptions): Promise<SoundEngine> {
    if (typeof AudioWorkletNode === 'undefined' || typeof WebAssembly === 'undefined') throw unsupported();
    const context = new AudioContext({ latencyHint: 'interactive' });
    try {
      // Before anything is awaited, while the gesture counts. Not awaited itself: without a gesture it would wait for one.
      void context.resume();
      const [settings] = await Promise.all([options.settings(), context.audioWorklet.addModule(options.script)]);
      return new SoundEngine(context, settings, options);
    } catch (cause) {
      await context.close();
      throw cause instanceof EarshotError ? cause : unsupported(cause);
    }
  }

  tell(message: ToWorklet, transfer: ArrayBuffer[] = []): void {
    const timed: TimedMessage = { ...message, sentAtMs: performance.now() };
    this.#node.port.postMessage(timed, transfer);
  }

  /** Takes the place of the microphone before. */
  connect(stream: MediaStream): void {
    this.#source?.disconnect();
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#source.connect(this.#node);
  }

  disconnect(): void {
    this.#source?.disconnect();
    this.#source = undefined;
  }

  /**
   * From a sample that the worklet renders until it is audible, as far as the browser knows it. Firefox is not asked: its main thread would wait for
   * the sound server while it holds the lock of the audio graph, and the sound server may be waiting for the graph. Then the page hangs for good.
   */
  get outputLatencyMs(): number {
    const { baseLatency } = this.#context;
    const outputLatency = isFirefox() ? FIREFOX_OUTPUT_LATENCY_S : this.#context.outputLatency;
    return ((baseLatency || 0) + (outputLatency || 0)) * 1_000;
  }

  get isRunning(): boolean {
    return this.#context.state === 'running';
  }

  /** Counts what was rendered: it stands still when the browser has stopped the context without saying so. */
  get renderedSeconds(): number {
    return this.#context.currentTime;
  }

  /** Whether the browser lets a page choose the speaker. */
  get canChooseSpeaker(): boolean {
    return 'setSinkId' in this.#context;
  }

  async resume(): Promise<void> {
    await this.#context.resume();
  }

  /** @param id empty: the browser's default */
  async useSpeaker(id: string): Promise<void> {
    const context = this.#context as AudioContext & { setSinkId?(id: string): Promise<void> };
    await context.setSinkId?.(id);
  }

  async close(): Promise<void> {
    this.#context.onstatechange = null;
    this.tell({ kind: 'close' });
    this.disconnect();
    this.#node.disconnect();
    // A browser may have closed it.
    if (this.#context.state !== 'closed') await this.#context.close();
  }
}

function unsupported(cause?: unknown): EarshotError {
  return new EarshotError(
    'audio_unsupported',
    'This browser cannot run the audio of this page',
    'Use a current Chrome, Edge, Firefox or Safari.',
    { cause },
  );
}

function isFirefox(): boolean {
  return /\bFirefox\//.test(navigator.userAgent);
}
