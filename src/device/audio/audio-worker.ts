/**
 * The audio thread: one long piscina task that owns capture, encoder and player until it is asked to close. Frames stay
 * here; packets and events cross.
 */

import type { MessagePort } from 'node:worker_threads';
import { createScope } from '../../core/actor/scope.ts';
import { relayLog } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import { createAudioParts } from './audio-parts.ts';
import type { AudioThreadSettings, FromAudioThread, ToAudioThread } from './audio-thread.ts';
import { serveActors } from './serve-actors.ts';

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
  const actors = serveActors(parts.line, { clock, log }, say);

  function stopAll(): void {
    actors.stopAll();
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
        case 'configure':
          return parts.configure(message.sound);
        case 'earcon':
          return parts.line.playEarcon(message.name);
        case 'measure':
          return say({ kind: 'queueMetrics', metrics: parts.measure() });
        case 'collect-garbage':
          return globalThis.gc?.();
        case 'close':
          return scope.run(() => close().then(resolve));
        default:
          return actors.handle(message);
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
