/**
 * The main thread's interface to the audio thread: starts the thread when the first audio actor is started, provides
 * the logic of each of its actors to the machines, and passes packets in both directions. When the thread ends
 * unexpectedly, all its actors count as crashed, and the first one that is restarted starts a new thread.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Earcon } from '../../../actors/earcons/earcons.ts';
import { audioBackends } from '../../../actors/sound/backends/open.ts';
import { noteCards } from '../../../actors/sound/leave.ts';
import type { ContractLogic } from '../../../machines/adapter/contract-logic.ts';
import type { AudioLevels, AudioMetrics, AudioQueueMetrics } from '../../core/actor/audio-metrics.ts';
import type { DownlinkPacket, ReceiverReport, UplinkPacket } from '../../core/actor/data-plane.ts';
import { createScope } from '../../core/actor/scope.ts';
import type { ContractTypes, ListenerContract } from '../../core/contracts/index.ts';
import { EarshotError, errorFields, errorInfo, infoFields } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import { type Clock, systemClock } from '../../core/time/clock.ts';
import type {
  ActorMessage,
  AudioActorName,
  AudioThreadSettings,
  FromAudioThread,
  SoundSettings,
  ToAudioThread,
} from './audio-thread.ts';
import { createRemoteActors } from './remote-actors.ts';

/** Enough for Opus, a minute of queues and a WAV file; a leak ends the thread, not the whole system. */
const HEAP_LIMIT_MB = 64;
/** Longer than closing a card may take (actors/sound/card-stream.ts). */
const CLOSE_GRACE_MS = 3_000;
/** A thread that hangs, for instance in a card's driver, does not answer: the metrics of everything else are told without its own. */
const MEASURE_MS = 1_000;

export interface AudioHostOptions {
  settings: AudioThreadSettings;
  uplink: (packet: UplinkPacket) => void;
  onLevels?: (levels: AudioLevels) => void;
  onMetrics?: (metrics: AudioMetrics) => void;
  clock?: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  log: Log;
}

export interface AudioHost {
  actor<P extends ContractTypes>(name: AudioActorName): ContractLogic<P>;
  downlink(packet: DownlinkPacket): void;
  onReceiverReport(report: ReceiverReport): void;
  /** Applies to actors that are started later, too. */
  configure(sound: SoundSettings): void;
  /** Undefined: those that play end. Nothing is played before the first actor was started. */
  playEarcon(name: Earcon | undefined): void;
  /** No queues: nothing was started, or the thread does not answer in time. */
  measure(): Promise<AudioQueueMetrics>;
  /** Of its own thread, if it has one: it stops for that time. */
  collectGarbage(): void;
  /** False: a lost card keeps the process from ending; use `leaveProcess` (actors/sound/leave.ts). */
  close(): Promise<boolean>;
}

export function createAudioHost(options: AudioHostOptions): AudioHost {
  const { settings, uplink, onLevels, onMetrics, clock = systemClock, log } = options;
  let thread: { pool: Piscina; port: MessagePort; ended: Promise<boolean> } | undefined;
  /** Threads that have failed but not ended yet: a lost card can hold a thread. */
  const dying = new Set<Promise<void>>();
  let closing = false;
  let sound: SoundSettings = {};
  const asking = new Set<(metrics: AudioQueueMetrics) => void>();

  function ensureThread() {
    if (thread) return thread;
    // In the bundle, this file and the worker are both in dist/; from source, the thread inherits tsx's loader.
    const worker = import.meta.url.endsWith('.ts') ? './audio-worker.ts' : './audio-worker.js';
    const pool = new Piscina({
      filename: new URL(worker, import.meta.url).href,
      minThreads: 1,
      maxThreads: 1,
      atomics: 'disabled',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
    });
    const { port1: port, port2 } = new MessageChannel();
    // Exceptions while the thread ends are only logged.
    pool.on('error', (error: unknown) => log.debug('the audio thread failed as it ended', errorFields(error)));
    const scope = createScope('the audio thread', { clock: systemClock, log, onCrash: onEnd });
    port.on('message', scope.guard(receive));
    const ended = (pool.run({ port: port2, settings }, { transferList: [port2] }) as Promise<boolean>).then(
      (allCardsClosed) => {
        onEnd(undefined);
        return allCardsClosed;
      },
      (error: unknown) => {
        onEnd(error);
        return true;
      },
    );
    thread = { pool, port, ended };
    if ([settings.microphone, settings.speaker].some(audioBackends.mayHoldProcess)) noteCards();
    port.postMessage({ kind: 'configure', sound } satisfies ToAudioThread);
    return thread;
  }

  function onEnd(error: unknown): void {
    const old = thread;
    if (!old) return;
    thread = undefined;
    old.port.close();
    for (const answer of asking) answer({ queues: [] });
    if (closing) return;
    const gone = destroy(old.pool).finally(() => dying.delete(gone));
    dying.add(gone);
    const why = errorInfo(
      error ?? new EarshotError('actor_crashed', 'The audio thread ended', 'It is restarted automatically.'),
    );
    log.error('the audio thread ended unexpectedly', infoFields(why));
    actors.crashAll({ ...why, code: 'actor_crashed' });
  }

  function receive(message: FromAudioThread): void {
    switch (message.kind) {
      case 'levels':
        return onLevels?.(message.levels);
      case 'queueMetrics':
        for (const answer of asking) answer(message.metrics);
        return;
      case 'metrics':
        return onMetrics?.(message.metrics);
      default:
        return actors.receive(message);
    }
  }

  async function destroy(pool: Piscina): Promise<void> {
    try {
      await pool.destroy();
    } catch (error) {
      log.debug('the audio thread failed as it ended', errorFields(error));
    }
  }

  const tell = (message: ToAudioThread, transfer: ArrayBuffer[] = []) => thread?.port.postMessage(message, transfer);
  const actors = createRemoteActors({ onStart: ensureThread, tell: tellActor, uplink, log });

  function tellActor(message: ActorMessage, transfer?: ArrayBuffer[]): void {
    // A new thread begins as muted as the one before.
    if (message.kind === 'command' && isMute(message.event)) sound = { ...sound, muted: message.event.muted };
    tell(message, transfer);
  }

  return {
    actor: actors.actor,
    downlink: actors.downlink,
    onReceiverReport: actors.onReceiverReport,
    configure(next) {
      sound = { ...sound, ...next };
      tell({ kind: 'configure', sound });
    },
    playEarcon: (name) => tell({ kind: 'earcon', name }),
    measure() {
      if (!thread || closing) return Promise.resolve({ queues: [] });
      tell({ kind: 'measure' });
      return new Promise((resolve) => {
        const answer = (metrics: AudioQueueMetrics) => {
          clock.clearTimeout(limit);
          asking.delete(answer);
          resolve(metrics);
        };
        const limit = clock.setTimeout(() => answer({ queues: [] }), MEASURE_MS);
        asking.add(answer);
      });
    },
    collectGarbage: () => tell({ kind: 'collect-garbage' }),
    async close() {
      closing = true;
      if (!thread) return await within(Promise.all(dying).then(() => true));
      const { pool, ended } = thread;
      tell({ kind: 'close' });
      // A lost card can hold a thread for ever: no step of the shutdown waits longer than this.
      if (!(await within(ended))) return false;
      return await within(Promise.all([destroy(pool), ...dying]).then(() => true));
    },
  };
}

function isMute(event: { type: string }): event is Extract<ListenerContract['receives'], { type: 'listener.mute' }> {
  return event.type === 'listener.mute';
}

/** False when it takes too long. */
function within(work: Promise<boolean>): Promise<boolean> {
  const grace = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), CLOSE_GRACE_MS).unref());
  return Promise.race([work, grace]);
}
