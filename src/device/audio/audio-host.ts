/**
 * The main thread's handle on the audio thread: starts it when the first audible actor is started, gives machines a logic
 * for each of its actors, carries packets both ways. When the thread dies, all its actors have crashed, and the first to be
 * started again brings up a new one.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { audioBackends } from '../../../actors/sound/backends/open.ts';
import { noteCards } from '../../../actors/sound/leave.ts';
import { type ContractLogic, contractLogic, type Parent } from '../../../machines/adapter/contract-logic.ts';
import type { AudioLevels, AudioMetrics, AudioQueueMetrics } from '../../core/actor/audio-metrics.ts';
import type { DownlinkPacket, ReceiverReport, UplinkPacket } from '../../core/actor/data-plane.ts';
import { createScope } from '../../core/actor/scope.ts';
import type { ContractTypes } from '../../core/contracts/index.ts';
import { EarshotError, errorFields, errorInfo, infoFields } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import { systemClock } from '../../core/time/clock.ts';
import type {
  AudioActorName,
  AudioThreadSettings,
  FromAudioThread,
  SoundSettings,
  ToAudioThread,
} from './audio-thread.ts';

/** Enough for Opus, a minute of queues and a WAV file; a leak ends the thread, not the board. */
const HEAP_LIMIT_MB = 64;
/** More than closing a card may take (actors/sound/card-stream.ts). */
const CLOSE_GRACE_MS = 3_000;

export interface AudioHostOptions {
  settings: AudioThreadSettings;
  uplink: (packet: UplinkPacket) => void;
  onLevels?: (levels: AudioLevels) => void;
  onFigures?: (figures: AudioMetrics) => void;
  log: Log;
}

export interface AudioHost {
  actor<P extends ContractTypes>(name: AudioActorName): ContractLogic<P>;
  downlink(packet: DownlinkPacket): void;
  onReceiverReport(report: ReceiverReport): void;
  /** Holds also for what is started later. */
  configure(sound: SoundSettings): void;
  /** How full its queues are, and what else it measures; none while nothing has been started. */
  measure(): Promise<AudioQueueMetrics>;
  /** False: a card that was lost holds on to the process; leave it by `leaveProcess` (actors/sound/leave.ts). */
  close(): Promise<boolean>;
}

export function createAudioHost({ settings, uplink, onLevels, onFigures, log }: AudioHostOptions): AudioHost {
  /** The machines that have started an actor. */
  const parents = new Map<AudioActorName, Parent<ContractTypes>>();
  let thread: { pool: Piscina; port: MessagePort; ended: Promise<boolean> } | undefined;
  /** Threads that died and are not gone yet: a card that was lost holds on to one. */
  const dying = new Set<Promise<void>>();
  let closing = false;
  let sound: SoundSettings = {};
  const asking: ((figures: AudioQueueMetrics) => void)[] = [];

  function ensureThread() {
    if (thread) return thread;
    // Bundled, this file and the worker lie side by side in dist/; from source, tsx's loader is inherited by the thread.
    const worker = import.meta.url.endsWith('.ts') ? './audio-worker.ts' : './audio-worker.js';
    const pool = new Piscina({
      filename: new URL(worker, import.meta.url).href,
      minThreads: 1,
      maxThreads: 1,
      atomics: 'disabled',
      resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT_MB },
    });
    const { port1: port, port2 } = new MessageChannel();
    // What it still throws while it ends concerns nobody.
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
    for (const resolve of asking.splice(0)) resolve({ queues: [] });
    if (closing) return;
    const gone = destroy(old.pool).finally(() => dying.delete(gone));
    dying.add(gone);
    const why = errorInfo(error ?? new EarshotError('actor_crashed', 'The audio thread ended', 'It is started again.'));
    log.error('the audio thread died', infoFields(why));
    for (const parent of [...parents.values()]) parent.crash({ ...why, code: 'actor_crashed' });
  }

  function receive(message: FromAudioThread): void {
    switch (message.kind) {
      case 'edge':
        return parents.get(message.actor)?.send(message.event);
      case 'crash':
        return parents.get(message.actor)?.crash(message.error);
      case 'uplink':
        return uplink(message.packet);
      case 'log':
        return log[message.entry.level](message.entry.message, message.entry.fields);
      case 'levels':
        return onLevels?.(message.levels);
      case 'measured':
        for (const resolve of asking.splice(0)) resolve(message.figures);
        return;
      case 'figures':
        return onFigures?.(message.figures);
    }
  }

  async function destroy(pool: Piscina): Promise<void> {
    try {
      await pool.destroy();
    } catch (error) {
      log.debug('the audio thread failed as it ended', errorFields(error));
    }
  }

  const tell = (message: ToAudioThread) => thread?.port.postMessage(message);

  return {
    actor<P extends ContractTypes>(name: AudioActorName): ContractLogic<P> {
      return contractLogic<P>((parent) => {
        parents.set(name, parent as Parent<ContractTypes>);
        ensureThread();
        tell({ kind: 'start', actor: name });
        return {
          receive: (event) => tell({ kind: 'command', actor: name, event }),
          stop() {
            if (parents.get(name) !== parent) return;
            parents.delete(name);
            tell({ kind: 'stop', actor: name });
          },
        };
      });
    },
    downlink: (packet) =>
      thread?.port.postMessage({ kind: 'downlink', packet } satisfies ToAudioThread, [
        packet.bytes.buffer as ArrayBuffer,
      ]),
    onReceiverReport: (report) => tell({ kind: 'receiver-report', report }),
    configure(next) {
      sound = { ...sound, ...next };
      tell({ kind: 'configure', sound });
    },
    measure() {
      if (!thread || closing) return Promise.resolve({ queues: [] });
      tell({ kind: 'measure' });
      return new Promise((resolve) => asking.push(resolve));
    },
    async close() {
      closing = true;
      if (!thread) return await within(Promise.all(dying).then(() => true));
      const { pool, ended } = thread;
      tell({ kind: 'close' });
      // A card that was lost can hold a thread for good: nobody waits for it longer than this, at any step.
      if (!(await within(ended))) return false;
      return await within(Promise.all([destroy(pool), ...dying]).then(() => true));
    },
  };
}

/** False when it takes too long. */
function within(work: Promise<boolean>): Promise<boolean> {
  const grace = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), CLOSE_GRACE_MS).unref());
  return Promise.race([work, grace]);
}
