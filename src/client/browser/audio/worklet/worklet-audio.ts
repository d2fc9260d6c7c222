/**
 * The audio of a page inside its worklet: the pipeline of the device (src/device/audio/audio-pipeline.ts) between the worklet's input and
 * output. Without the browser's classes, so that it runs in tests as it is.
 */
import { createFecDecoder } from '../../../../../actors/codec/fec-decoder.ts';
import { loadLibopus } from '../../../../../actors/codec/libopus.ts';
import { createWasmEncoder } from '../../../../../actors/codec/wasm-encoder.ts';
import { relayLog } from '../../../../core/log/log.ts';
import { createAudioPipeline } from '../../../../device/audio/audio-pipeline.ts';
import { createLevelMeter } from '../../../../device/audio/level-meter.ts';
import { serveActors } from '../../../../device/audio/serve-actors.ts';
import { OPUS_COMPLEXITY } from '../../../../protocol/format.ts';
import type { FromWorklet, TimedMessage, WorkletSettings } from '../messages.ts';
import { browserEcho } from './browser-echo.ts';
import { VoiceModule } from './voice-module.ts';
import { WorkletClock } from './worklet-clock.ts';
import { WorkletMicrophone } from './worklet-microphone.ts';
import { WorkletSpeaker } from './worklet-speaker.ts';

/** Levels go with a message that is sent anyway from the first time on, and alone from the second. A packet is 20 ms or more. */
const LEVELS_AFTER_MS = 45;
const LEVELS_ALONE_AFTER_MS = 65;

export interface WorkletAudioOptions {
  settings: WorkletSettings;
  sampleRateHz: number;
  /** The time of the block that is rendered next, in ms. */
  audioNowMs: () => number;
  post(message: FromWorklet, transfer?: ArrayBuffer[]): void;
}

export interface WorkletAudio {
  handle(message: TimedMessage): void;
  /** Renders one block. Undefined: nothing is connected there. */
  render(input: Float32Array | undefined, output: Float32Array | undefined): void;
  readonly isClosed: boolean;
}

export function createWorkletAudio(options: WorkletAudioOptions): WorkletAudio {
  const { settings, sampleRateHz, audioNowMs } = options;
  const { framesPerPacket, playback, removesEcho } = settings;
  const clock = new WorkletClock(audioNowMs);
  const log = relayLog((entry) => post({ kind: 'log', entry }));
  const opus = loadLibopus(new Uint8Array(settings.opus));
  const meter = createLevelMeter();
  let levelsAtMs = 0;
  const now = () => clock.now();
  const microphone = new WorkletMicrophone({
    sampleRateHz,
    now,
    onBlock: (samples) => meter.add('microphone', samples),
  });
  const speaker = new WorkletSpeaker({ sampleRateHz, now, onBlock: (samples) => meter.add('speaker', samples) });
  const voice = new VoiceModule(() => post({ kind: 'voice-detector-needed' }));
  const pipeline = createAudioPipeline({
    openMicrophone: microphone.open,
    openSpeaker: speaker.open,
    ...{ framesPerPacket, playback, encoder: 'adaptive', complexity: OPUS_COMPLEXITY, clock, log },
    codec: {
      createEncoder: (settings) => createWasmEncoder(opus, settings),
      createDecoder: () => createFecDecoder(opus),
    },
    openVoiceDetector: voice.open,
    createEcho: (sound) => browserEcho(sound, removesEcho),
    // A worklet has no random numbers for an id: the page fills it in.
    loadNewId: async () => () => '',
    uplink: (packet) => post({ kind: 'uplink', packet }, [packet.bytes.buffer as ArrayBuffer]),
  });
  const actors = serveActors(pipeline, { clock, log }, post);
  let isClosed = false;

  function handle(message: TimedMessage): void {
    clock.set(message.sentAtMs);
    switch (message.kind) {
      case 'configure':
        return pipeline.configure(message.sound);
      case 'microphone':
        return microphone.connect(message.device, message.latencyMs);
      case 'microphone-lost':
        return microphone.lose(message.error);
      case 'output-latency':
        speaker.outputLatencyMs = message.ms;
        return;
      case 'voice-detector':
        return voice.receive(message.module);
      case 'close':
        return close();
      default:
        return actors.handle(message);
    }
  }

  function close(): void {
    isClosed = true;
    actors.stopAll();
    pipeline.close();
  }

  function post(message: FromWorklet, transfer?: ArrayBuffer[]): void {
    const audioMs = audioNowMs();
    if (audioMs - levelsAtMs < LEVELS_AFTER_MS) return options.post(message, transfer);
    levelsAtMs = audioMs;
    options.post({ ...message, levels: meter.take() }, transfer);
  }

  return {
    handle,
    render(input, output) {
      if (isClosed) return;
      clock.runTimers();
      if (input) microphone.push(input);
      if (output) speaker.render(output);
      if (audioNowMs() - levelsAtMs >= LEVELS_ALONE_AFTER_MS) post({ kind: 'levels' });
    },
    get isClosed() {
      return isClosed;
    },
  };
}
