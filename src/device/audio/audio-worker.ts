/**
 * The audio thread: one long piscina task that owns capture, encoder and player until it is asked to close. Frames stay
 * here; packets and events cross.
 */

import type { MessagePort } from 'node:worker_threads';
import type { ActorDefinition, RunningActor } from '../../core/actor/actor.ts';
import { runActor } from '../../core/actor/run-actor.ts';
import { createScope } from '../../core/actor/scope.ts';
import type { ContractTypes } from '../../core/contracts/index.ts';
import { errorInfo } from '../../core/errors.ts';
import { relayLog } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import { createAudioParts } from './audio-parts.ts';
import type { AudioActorName, AudioThreadSettings, FromAudioThread, ToAudioThread } from './audio-thread.ts';

interface Task {
  port: MessagePort;
  settings: AudioThreadSettings;
}

/**
 * Resolves when it was closed: whether all cards are closed too. False: a lost card keeps the process from ending
 * (actors/sound/leave.ts).
 */
export default async function runAudioThread({ port, settings }: Task): Promise<boolean> {
  const clock = systemClock;
  const say = (message: FromAudioThread, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer);
  const log = relayLog((entry) => say({ kind: 'log', entry }));
  const parts = createAudioParts({
    settings,
    uplink: (packet) => say({ kind: 'uplink', packet }, [packet.bytes.buffer as ArrayBuffer]),
    onLevels: (levels) => say({ kind: 'levels', levels }),
    onMetrics: (metrics) => say({ kind: 'metrics', metrics }),
    log,
  });
  const { line } = parts;
  const running = new Map<AudioActorName, RunningActor<ContractTypes>>();

  function start(actor: AudioActorName): void {
    const definition = line.actors[actor] as unknown as ActorDefinition<ContractTypes>;
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

  function stopAll(): void {
    for (const actor of running.keys()) stop(actor);
    parts.stopWatching();
  }

  async function close(): Promise<boolean> {
    stopAll();
    const allCardsClosed = await parts.closed();
    port.close();
    return allCardsClosed;
  }

  return new Promise((resolve, reject) => {
    function handleCommand(message: ToAudioThread): void {
      switch (message.kind) {
        case 'start':
          return start(message.actor);
        case 'command':
          return running.get(message.actor)?.receive(message.event);
        case 'stop':
          return stop(message.actor);
        case 'configure':
          return parts.configure(message.sound);
        case 'earcon':
          return line.playEarcon(message.name);
        case 'downlink':
          return line.downlink(message.packet);
        case 'receiver-report':
          return line.onReceiverReport(message.report);
        case 'measure':
          return say({ kind: 'queueMetrics', metrics: parts.measure() });
        case 'close':
          return scope.run(() => close().then(resolve));
      }
    }
    // An error here belongs to no single actor: the thread ends, and a new one replaces it.
    const onCrash = (error: unknown) => {
      stopAll();
      reject(error);
    };
    const scope = createScope('the audio thread', { clock, log, onCrash });
    port.on('message', scope.guard(handleCommand));
  });
}
