/**
 * The audio part of the device: capture → encoder for the uplink, player for the downlink (of ../pipeline/pipeline.ts).
 * It runs in the calling thread: the daemon's audio thread (audio-worker.ts) or the main thread (in-process-audio.ts).
 */
import { defineCapture } from '../../../actors/capture/capture.ts';
import { defineEncoder } from '../../../actors/codec/encoder.ts';
import { type EncoderSettings, type FrameEncoder, SPECIFIED_SETTINGS } from '../../../actors/codec/encoder-settings.ts';
import type { EarconSpeaker, EarconSpeakerOptions } from '../../../actors/earcons/earcon-speaker.ts';
import type { Earcon } from '../../../actors/earcons/earcons.ts';
import { maskMicrophone } from '../../../actors/earcons/masked-microphone.ts';
import type { EchoCancellation, EchoCancellationOptions } from '../../../actors/echo/echo-cancellation.ts';
import type { VoiceDetector } from '../../../actors/listening/fvad-detector.ts';
import { defineListener } from '../../../actors/listening/listener.ts';
import { createMuteGate } from '../../../actors/listening/mute-gate.ts';
import { createSharedMicrophone } from '../../../actors/listening/shared-microphone.ts';
import type { OpenWakeEngine } from '../../../actors/listening/wake-engine.ts';
import { createAdaptiveJitterBuffer } from '../../../actors/playback/adaptive/adaptive.ts';
import { DelayManager } from '../../../actors/playback/adaptive/delay-manager.ts';
import { TICK_MS } from '../../../actors/playback/ahead.ts';
import type { FixedPolicy } from '../../../actors/playback/fixed.ts';
import type { FrameDecoder, JitterBuffer } from '../../../actors/playback/jitter-buffer.ts';
import { definePlayer } from '../../../actors/playback/player.ts';
import { withVolume } from '../../../actors/playback/volume.ts';
import { watchMicrophone } from '../../../actors/sound/microphone-use.ts';
import type { OpenMicrophone, OpenSpeaker } from '../../../actors/sound/port.ts';
import { watchSpeaker } from '../../../actors/sound/speaker-use.ts';
import type { ActorDefinition } from '../../core/actor/actor.ts';
import type { AudioMetrics, EchoMetrics, PlaybackMetrics } from '../../core/actor/audio-metrics.ts';
import type { DownlinkPacket, ReceiverReport, UplinkPacket } from '../../core/actor/data-plane.ts';
import type { QueueMetrics } from '../../core/actor/queue-metrics.ts';
import type { CaptureContract, EncoderContract, ListenerContract, PlayerContract } from '../../core/contracts/index.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { FRAME_MS } from '../../protocol/format.ts';
import { PIPELINE } from '../pipeline/pipeline.ts';
import type { EncoderPolicy, PlaybackPolicy, SoundSettings } from './audio-thread.ts';

/** Opus for one thread. Both may throw an EarshotError. */
export interface AudioCodec {
  createEncoder(settings: EncoderSettings): FrameEncoder;
  createDecoder(): FrameDecoder & { /** Another stream begins. */ restart(): void };
}

export interface AudioPipelineOptions {
  openMicrophone: OpenMicrophone;
  openSpeaker: OpenSpeaker;
  framesPerPacket: number;
  playback: Exclude<PlaybackPolicy, 'fixed'>;
  /** In place of the adaptive jitter buffer. */
  createFixedBuffer?: (decoder: FrameDecoder, policy: FixedPolicy) => JitterBuffer;
  encoder: EncoderPolicy;
  /** Effort of the encoder, 0 to 10. */
  complexity: number;
  uplink: (packet: UplinkPacket) => void;
  codec: AudioCodec;
  openVoiceDetector: () => Promise<VoiceDetector>;
  /** Loads what makes the id of a turn that began then (ms since 1970), when the microphone is to listen. */
  loadNewId: () => Promise<(startedAtMs: number) => string>;
  /** Undefined: there is no wake word. */
  openWakeEngine?: OpenWakeEngine | undefined;
  /** Undefined: there are no earcons. */
  createEarcons?: (options: EarconSpeakerOptions) => EarconSpeaker;
  /** What is between the card and its users: it removes the echo of the speaker from the microphone. */
  createEcho: (sound: Omit<EchoCancellationOptions, 'choose'>) => EchoCancellation;
  clock: Clock;
  log: Log;
  /** Gets every block that was recorded or is about to be played. */
  onBlock?: (way: 'microphone' | 'speaker', samples: Int16Array) => void;
}

export interface AudioPipeline {
  actors: {
    listener: ActorDefinition<ListenerContract>;
    capture: ActorDefinition<CaptureContract>;
    encoder: ActorDefinition<EncoderContract>;
    player: ActorDefinition<PlayerContract>;
  };
  downlink(packet: DownlinkPacket): void;
  onReceiverReport(report: ReceiverReport): void;
  configure(sound: SoundSettings): void;
  /** Releases what outlives the actors. */
  close(): void;
  /** Undefined: those that play end. */
  playEarcon(name: Earcon | undefined): void;
  readMetrics(): Omit<AudioMetrics, 'levels'>;
}

export function createAudioPipeline(options: AudioPipelineOptions): AudioPipeline {
  const { openMicrophone, openSpeaker, framesPerPacket, playback, encoder, complexity, uplink, onBlock } = options;
  const { codec, openVoiceDetector, loadNewId, openWakeEngine, createEcho, clock, log } = options;
  const { createFixedBuffer, createEarcons } = options;
  const speech = PIPELINE.speech.open();
  const tuning = PIPELINE.encoderTuning.open();
  const downlink = PIPELINE.downlink.open();
  let volumePercent = 100;
  let settings: EncoderSettings = { ...SPECIFIED_SETTINGS, complexity };
  let jitterBuffer: JitterBuffer | undefined;
  /** Replies use the same path, so the statistics of one are useful for the next. */
  const delayManager = new DelayManager();
  /** Replies are played one at a time; the next one reuses the decoder. */
  let decoder: ReturnType<AudioCodec['createDecoder']> | undefined;
  /** The card: muted, without the echo of the speaker, then shared by the listener and by recordings. */
  const gate = createMuteGate(openMicrophone);
  const echo = createEcho({
    openMicrophone: gate.open,
    openSpeaker,
    isOn: () => listening.isOpen,
  });
  const sharedMicrophone = createSharedMicrophone({ openMicrophone: echo.openMicrophone, clock, log });
  const listening = watchMicrophone(sharedMicrophone.listen);
  const microphone = watchMicrophone(sharedMicrophone.record);
  const speaker = watchSpeaker(echo.openSpeaker);
  const earcons = createEarcons?.({ openSpeaker: speaker.open, clock, log, volumePercent: () => volumePercent });
  /** What listens for speech does not hear them; a recording, which may already contain speech, loses nothing. */
  const listen = earcons ? maskMicrophone(listening.open, earcons.isAudible) : listening.open;
  return {
    actors: {
      listener: defineListener({
        microphone: { ...sharedMicrophone, listen },
        ...{ gate, openVoiceDetector, loadNewId, openWakeEngine, echo: echo.state },
      }),
      capture: defineCapture({
        openMicrophone: microphone.open,
        speech,
        ...(onBlock && { onBlock: (samples) => onBlock('microphone', samples) }),
      }),
      encoder: defineEncoder({
        createEncoder: codec.createEncoder,
        settings: () => settings,
        framesPerPacket,
        speech,
        tuning,
        uplink,
      }),
      player: definePlayer({
        openSpeaker: earcons?.open ?? speaker.open,
        createDecoder() {
          if (decoder) decoder.restart();
          else decoder = codec.createDecoder();
          return withVolume(decoder, () => volumePercent);
        },
        createJitterBuffer(decoder, minChunks) {
          jitterBuffer = createFixedBuffer
            ? createFixedBuffer(decoder, { minChunks })
            : createAdaptiveJitterBuffer(decoder, { mode: playback === 'live' ? 'live' : 'reply', delayManager });
          return jitterBuffer;
        },
        downlink,
        // While a person speaks, a reply cannot be interrupted: a press ends the utterance. So a whole packet may be
        // given to the card, whenever in a tick it arrives.
        aheadMs: (packetMs) => (microphone.isOpen ? packetMs + TICK_MS : FRAME_MS),
        ...(onBlock && { onBlock: (samples) => onBlock('speaker', samples) }),
      }),
    },
    downlink: (packet) => downlink.send(packet),
    onReceiverReport(report) {
      if (encoder === 'adaptive') tuning.send({ type: 'report', report });
    },
    configure(sound) {
      volumePercent = sound.volumePercent ?? volumePercent;
      if (sound.muted !== undefined) gate.setMuted(sound.muted);
      if (sound.bitrate === undefined || sound.bitrate === settings.bitrate) return;
      settings = { ...settings, bitrate: sound.bitrate };
      tuning.send({ type: 'settings', settings });
    },
    close: echo.close,
    playEarcon(name) {
      if (name) earcons?.play(name);
      else earcons?.cut();
    },
    readMetrics: () => ({
      ...figuresOf([sharedMicrophone.stats(), speech.stats(), tuning.stats(), downlink.stats()], jitterBuffer),
      ...(speaker.guardMs !== undefined && { guardMs: speaker.guardMs }),
      ...withEcho(echo.metrics()),
    }),
  };
}

function withEcho(metrics: EchoMetrics | undefined): Pick<AudioMetrics, 'echo'> {
  return metrics ? { echo: metrics } : {};
}

/** The jitter buffer is shown like the other queues, with additional values. */
function figuresOf(
  queues: QueueMetrics[],
  jitterBuffer: JitterBuffer | undefined,
): ReturnType<AudioPipeline['readMetrics']> {
  if (!jitterBuffer) return { queues };
  const stats = jitterBuffer.stats();
  const { bufferedMs, concealedMs, playedMs, underruns, lateFrames, droppedFrames, delayMs, targetMs, frames } = stats;
  const { limitMs: limit } = jitterBuffer;
  const playback: PlaybackMetrics = {
    ...{ bufferedMs, concealedMs, playedMs, underruns, lateFrames, droppedFrames, delayMs, targetMs },
  };
  return {
    queues: [
      ...queues,
      { name: 'jitter buffer', unit: 'ms', depth: bufferedMs, limit, sent: frames, dropped: droppedFrames },
    ],
    playback,
  };
}
