/**
 * The audio actors of a device with their devices and observers: the same in a separate thread (audio-worker.ts) and on
 * the main thread (in-process-audio.ts).
 */
import { createEarconSpeaker } from '../../../actors/earcons/earcon-speaker.ts';
import type { OpenWakeEngine } from '../../../actors/listening/wake-engine.ts';
import { createFixedJitterBuffer } from '../../../actors/playback/fixed.ts';
import { audioBackends, openMicrophone, openSpeaker } from '../../../actors/sound/backends/open.ts';
import type { AudioLevels, AudioMetrics, AudioQueueMetrics } from '../../core/actor/audio-metrics.ts';
import type { UplinkPacket } from '../../core/actor/data-plane.ts';
import { isolateObserver } from '../../core/actor/isolate-observer.ts';
import { errorFields } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import { RECOMMENDED_FRAME_SIZE } from '../../protocol/format.ts';
import { type AudioPipeline, createAudioPipeline } from './audio-pipeline.ts';
import type { AudioThreadSettings, SoundSettings, WakeWordSettings } from './audio-thread.ts';
import { cancellerFor } from './echo-choice.ts';
import { createLevelHistory, createLevelMeter } from './level-meter.ts';
import { nativeAudio } from './native-audio.ts';

const METER_INTERVAL_MS = 100;
const METRICS_INTERVAL_MS = 500;

export interface AudioParts {
  line: AudioPipeline;
  configure(sound: SoundSettings): void;
  /** Queue metrics and other metrics. */
  measure(): AudioQueueMetrics;
  /** Stops the observers. Called after the actors have ended, or to end with them. */
  stopWatching(): void;
  /**
   * Whether all cards are closed, after the actors have ended. False: a lost card keeps the process from ending
   * (actors/sound/leave.ts).
   */
  closed(): Promise<boolean>;
}

export interface AudioPartsOptions {
  settings: AudioThreadSettings;
  uplink: (packet: UplinkPacket) => void;
  /** Called while `meters` are configured. */
  onLevels(levels: AudioLevels): void;
  /** Called with `settings.metrics`. */
  onMetrics(metrics: AudioMetrics): void;
  log: Log;
}

export function createAudioParts({ settings, uplink, onLevels, onMetrics, log }: AudioPartsOptions): AudioParts {
  const { microphone, speaker, framesPerPacket, playback, encoder, complexity } = settings;
  let meter: ReturnType<typeof createLevelMeter> | undefined;
  let meterTimer: NodeJS.Timeout | undefined;
  const history = settings.metrics ? createLevelHistory(systemClock.now, METER_INTERVAL_MS) : undefined;
  const line = createAudioPipeline({
    openMicrophone: openMicrophone(microphone, { captureBlockSamples: framesPerPacket * RECOMMENDED_FRAME_SIZE }),
    openSpeaker: openSpeaker(speaker),
    ...(playback === 'fixed' ? { playback: 'adaptive', createFixedBuffer: createFixedJitterBuffer } : { playback }),
    createEarcons: createEarconSpeaker,
    ...{ framesPerPacket, encoder, complexity, uplink, clock: systemClock, log },
    ...(settings.wakeWord && { openWakeEngine: openWakeEngineOf(settings.wakeWord) }),
    ...nativeAudio(() => cancellerFor(settings, log)),
    loadNewId: async () => (await import('./turn-id.ts')).newTurnId,
    onBlock: isolateObserver('the meter', log, (way, samples) => {
      meter?.add(way, samples);
      history?.add(way, samples);
    }),
  });
  const metricsTimer = history && setInterval(isolateObserver('the metrics', log, reportMetrics), METRICS_INTERVAL_MS);

  function showLevels(wanted: boolean): void {
    if (wanted === (meter !== undefined)) return;
    clearInterval(meterTimer);
    meter = wanted ? createLevelMeter() : undefined;
    if (wanted) meterTimer = setInterval(isolateObserver('the meter', log, reportLevels), METER_INTERVAL_MS);
  }

  function reportLevels(): void {
    const levels = meter?.take() ?? {};
    if (Object.keys(levels).length > 0) onLevels(levels);
  }

  function reportMetrics(): void {
    onMetrics({ ...line.readMetrics(), levels: history?.take() ?? [] });
  }

  return {
    line,
    configure(sound) {
      line.configure(sound);
      if (sound.meters !== undefined) showLevels(sound.meters);
    },
    measure() {
      try {
        const { queues, guardMs, echo } = line.readMetrics();
        return { queues, ...(guardMs !== undefined && { guardMs }), ...(echo && { echo }) };
      } catch (error) {
        log.error('the queues of the audio actors cannot be read', errorFields(error));
        return { queues: [] };
      }
    },
    stopWatching() {
      clearInterval(meterTimer);
      clearInterval(metricsTimer);
      line.close();
    },
    closed: async () => (await Promise.all([microphone, speaker].map(audioBackends.allClosed))).every(Boolean),
  };
}

/** Loaded when it is first needed. */
function openWakeEngineOf({ engine, modelsFolder }: WakeWordSettings): OpenWakeEngine {
  return async (onWake, scope) => {
    const { openWakeEngine } = await import('../../../actors/wake/engines.ts');
    return openWakeEngine(engine, { modelsFolder })(onWake, scope);
  };
}
