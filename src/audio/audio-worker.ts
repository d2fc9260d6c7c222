/**
 * The audio thread: one long piscina task that owns capture, encoder and player until it is told to close. Frames stay
 * here; packets and edges cross.
 */

import type { MessagePort } from 'node:worker_threads';
import { cardsClosed } from '../../actors/sound/card-stream.ts';
import { openMicrophone, openSpeaker } from '../../actors/sound/open.ts';
import type { ActorDefinition, Port, RunningActor } from '../actor.ts';
import { systemClock } from '../clock.ts';
import { errorFields, errorInfo } from '../errors.ts';
import { runActor } from '../host.ts';
import { relayLog } from '../log.ts';
import type { QueueReading } from '../probe.ts';
import { RECOMMENDED_FRAME_SIZE } from '../protocol/format.ts';
import { createScope } from '../scope.ts';
import { watching } from '../watching.ts';
import { createAudioLine } from './audio-line.ts';
import type { AudioActorName, AudioThreadSettings, FromAudioThread, ToAudioThread } from './audio-thread.ts';
import { createLevelHistory, createLevelMeter } from './level-meter.ts';

const METER_INTERVAL_MS = 100;
const FIGURES_INTERVAL_MS = 500;

interface Task {
  port: MessagePort;
  settings: AudioThreadSettings;
}

/** Resolves when it was closed: whether all cards are, too. False: one that was lost holds on to the process (actors/sound/leave.ts). */
export default async function runAudioThread({ port, settings }: Task): Promise<boolean> {
  const clock = systemClock;
  const say = (message: FromAudioThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const log = relayLog((entry) => say({ kind: 'log', entry }));
  const meter = settings.meters ? createLevelMeter() : undefined;
  const history = settings.figures ? createLevelHistory(clock.now, METER_INTERVAL_MS) : undefined;
  const captureBlockSamples = settings.framesPerPacket * RECOMMENDED_FRAME_SIZE;
  const line = createAudioLine({
    openMicrophone: openMicrophone(settings.microphone, { captureBlockSamples }),
    openSpeaker: openSpeaker(settings.speaker),
    framesPerPacket: settings.framesPerPacket,
    playback: settings.playback,
    encoder: settings.encoder,
    complexity: settings.complexity,
    uplink: (packet) => say({ kind: 'uplink', packet }, [packet.bytes.buffer as ArrayBuffer]),
    ...((meter || history) && {
      onBlock: watching('the meter', log, (way, samples) => {
        meter?.add(way, samples);
        history?.add(way, samples);
      }),
    }),
  });
  const hasCard = settings.microphone.kind === 'card' || settings.speaker.kind === 'card';
  const running = new Map<AudioActorName, RunningActor<Port>>();
  const meterTimer = meter && setInterval(watching('the meter', log, reportLevels), METER_INTERVAL_MS);
  const figuresTimer = history && setInterval(watching('the figures', log, reportFigures), FIGURES_INTERVAL_MS);

  function reportLevels(): void {
    const levels = meter?.take() ?? {};
    if (Object.keys(levels).length > 0) say({ kind: 'levels', levels });
  }

  function reportFigures(): void {
    say({ kind: 'figures', figures: { ...line.figures(), levels: history?.take() ?? [] } });
  }

  function start(actor: AudioActorName): void {
    const definition = line.actors[actor] as unknown as ActorDefinition<Port>;
    const crash = (error: unknown) => say({ kind: 'crash', actor, error: errorInfo(error) });
    running.set(
      actor,
      runActor(actor, definition, { clock, log }, (event) => say({ kind: 'edge', actor, event }), crash),
    );
  }

  function stop(actor: AudioActorName): void {
    running.get(actor)?.stop();
    running.delete(actor);
  }

  function readQueues(): QueueReading[] {
    try {
      return line.figures().queues;
    } catch (error) {
      log.error('the queues of the audio thread cannot be read', errorFields(error));
      return [];
    }
  }

  function stopAll(): void {
    for (const actor of running.keys()) stop(actor);
    clearInterval(meterTimer);
    clearInterval(figuresTimer);
  }

  async function close(): Promise<boolean> {
    stopAll();
    const allCardsClosed = !hasCard || (await cardsClosed());
    port.close();
    return allCardsClosed;
  }

  return new Promise((resolve, reject) => {
    function obey(message: ToAudioThread): void {
      switch (message.kind) {
        case 'start':
          return start(message.actor);
        case 'command':
          return running.get(message.actor)?.receive(message.event);
        case 'stop':
          return stop(message.actor);
        case 'configure':
          return line.configure(message.sound);
        case 'downlink':
          return line.downlink(message.packet);
        case 'heard':
          return line.heard(message.report);
        case 'queues':
          return say({ kind: 'queues', queues: readQueues() });
        case 'close':
          return scope.run(() => close().then(resolve));
      }
    }
    // What goes wrong here is of no single actor: the thread ends, and a new one takes its place.
    const onCrash = (error: unknown) => {
      stopAll();
      reject(error);
    };
    const scope = createScope('the audio thread', { clock, log, onCrash });
    port.on('message', scope.guard(obey));
  });
}
