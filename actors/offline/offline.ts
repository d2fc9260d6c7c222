/**
 * The offline actor: writes every packet to the turn store before it goes on to the network, hands stored turns to the network for
 * delivery, and plays a cached reply when the gateway cannot answer.
 */

import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import type { Channel } from '../../src/core/actor/channel.ts';
import type { DownlinkPacket, UplinkPacket } from '../../src/core/actor/data-plane.ts';
import type { QueueRegistry } from '../../src/core/actor/queue-metrics.ts';
import type { OfflineContract } from '../../src/core/contracts/index.ts';
import { type ErrorInfo, errorInfo, infoFields } from '../../src/core/errors.ts';
import type { Disk } from '../../src/core/files/disk.ts';
import { type MaybePromise, runSteps, type Steps, wait } from '../../src/core/files/steps.ts';
import { type Boot, stampOf } from '../../src/core/time/boot.ts';
import type { StoredTurn, TurnMeta } from '../../src/core/turn-store/turn-file.ts';
import { MAX_OFFLINE_BUFFER } from '../../src/protocol/format.ts';
import type { CachedReplies } from './cached-replies.ts';
import { playCachedReply } from './cached-reply-player.ts';
import { createSerialQueue } from './serial-queue.ts';
import { openTurnStore, type TurnStore } from './turn-store.ts';
import type { TurnWriter } from './turn-writer.ts';
import { diskTooSlow, WriteAhead } from './write-ahead.ts';

/** Files that may be open on a disk that does not answer; beyond that turns are not stored until it does. */
const MAX_OPEN_FILES = 8;
/** Tasks that may wait for the disk: a turn takes two, as a rule. */
const MAX_WAITING_TASKS = 64;

const UNREADABLE: ErrorInfo = {
  code: 'store_failed',
  message: 'Nothing of the stored turn can be read',
  hint: 'The disk or memory card may be worn out.',
};

export interface OfflineOptions {
  /** Folder of the stored turns. */
  folder: string;
  /** How its files are accessed: at once, or without holding up this thread. */
  disk: Disk;
  replies: CachedReplies;
  boot: Boot;
  /** What the encoder makes. */
  encoded: Channel<UplinkPacket>;
  /** To the network, once written. */
  uplink: (packet: UplinkPacket) => void;
  /** A stored turn, to the network. */
  backlog: (turn: StoredTurn) => void;
  /** A cached reply, to the player. */
  downlink: (packet: DownlinkPacket) => void;
  /** How much of it is sent ahead of real time. */
  bufferMs: number;
  /** Gets the metrics of the store. */
  queues?: QueueRegistry;
}

type OpenCommand = Extract<OfflineContract['receives'], { type: 'offline.open' }>;

export function defineOffline(options: OfflineOptions): ActorDefinition<OfflineContract> {
  const { folder, disk, replies, boot, encoded, uplink, backlog, downlink, bufferMs, queues } = options;
  /** Turns that are being written, also by a run of this actor that has ended: their files are not complete yet. */
  const unfinished = new Set<string>();
  return (scope) => {
    const { send, clock, log } = scope;
    const turns = { stored: 0, created: 0, dropped: 0 };
    const tasks = createSerialQueue(MAX_WAITING_TASKS, scope);
    const writeAhead = new WriteAhead({
      scope,
      folder,
      forward: uplink,
      onStarted: (turn) => send({ type: 'offline.started', turn }),
      onFailed: reportFailure,
      onFinished: finish,
    });
    let openedStore: TurnStore | undefined;
    let stopReply: (() => void) | undefined;

    function store(): TurnStore {
      openedStore ??= openTurnStore(disk, folder, {
        limit: MAX_OFFLINE_BUFFER,
        onDropped(id) {
          log.warn('too many turns are stored: the oldest was dropped', { turn: id });
          turns.dropped += 1;
          send({ type: 'offline.dropped', id });
        },
        onDamaged(id, damagedBytes, deliverable) {
          log.warn('a stored turn is damaged', { turn: id, damagedBytes, deliverable });
          send({ type: 'offline.damaged', id, damagedBytes, deliverable });
        },
      });
      return openedStore;
    }

    function reportFailure(error: unknown): void {
      const info = errorInfo(error);
      log.warn('turns cannot be stored', infoFields(info));
      send({ type: 'offline.failed', error: info });
    }

    /** What fails is reported, and undefined. */
    function* reporting<T>(work: () => MaybePromise<T>): Steps<T | undefined> {
      try {
        return yield* wait(work());
      } catch (error) {
        reportFailure(error);
        return undefined;
      }
    }

    function addTask(task: () => Steps<void>): void {
      if (tasks.add(task)) return;
      const { waiting, dropped } = tasks;
      if (isPowerOfTwo(dropped)) log.warn('the disk is too slow: a task is dropped', { waiting, dropped });
    }

    function open({ turn, id, trigger, startedAtMs }: OpenCommand): void {
      writeAhead.end();
      writeAhead.begin(turn, createWriter({ id, trigger, startedAtMs, boot: stampOf(boot) }));
    }

    function createWriter(meta: TurnMeta): TurnWriter | undefined {
      try {
        if (unfinished.size >= MAX_OPEN_FILES) throw diskTooSlow(folder);
        const writer = store().create(meta);
        unfinished.add(meta.id);
        turns.created += 1;
        return writer;
      } catch (error) {
        reportFailure(error);
        return undefined;
      }
    }

    /** Closed at once, also at the end of this actor; what comes after is a task. */
    function finish(writer: TurnWriter): void {
      const closing = runSteps(close(writer));
      addTask(function* () {
        yield* wait(closing);
        yield* reportPending();
      });
    }

    function* close(writer: TurnWriter): Steps<void> {
      yield* reporting(() => writer.close());
      unfinished.delete(writer.id);
    }

    function* reportPending(): Steps<void> {
      const ids = (yield* reporting(() => store().ids())) ?? [];
      turns.stored = ids.filter((id) => !unfinished.has(id)).length;
      send({ type: 'offline.pending', turns: turns.stored });
    }

    function* deliver(): Steps<void> {
      const turn = yield* oldestDeliverable();
      if (!turn) return yield* reportPending();
      send({ type: 'offline.delivering', id: turn.id });
      backlog(turn);
    }

    /** One that cannot be read now stays, and does not hold up those after it. */
    function* oldestDeliverable(): Steps<StoredTurn | undefined> {
      for (const id of (yield* reporting(() => store().ids())) ?? []) {
        if (unfinished.has(id)) continue;
        const read = yield* reporting(() => readTurn(id));
        if (!read) continue;
        if (read.turn && read.turn.frames > 0) return read.turn;
        if (read.turn) yield* reporting(() => store().remove(id));
        else yield* setAside(id, UNREADABLE);
      }
      return undefined;
    }

    /** Tells a turn of which nothing can be read from one that cannot be read now. */
    function readTurn(id: string): MaybePromise<{ turn: StoredTurn | undefined }> {
      const read = store().read(id);
      return read instanceof Promise ? read.then((turn) => ({ turn })) : { turn: read };
    }

    function* setAside(id: string, error: ErrorInfo): Steps<void> {
      const aside = yield* reporting(() => store().setAside(id));
      if (!aside) return;
      log.error('a stored turn can never be delivered: it is set aside', { turn: id, reason: error.message, ...aside });
      send({ type: 'offline.refused', id, error });
    }

    function* remove(id: string): Steps<void> {
      yield* reporting(() => store().remove(id));
      yield* reportPending();
    }

    function playReply(turn: number): void {
      const { text, frames } = replies.next();
      send({ type: 'offline.replying', turn, text });
      stopReply?.();
      stopReply = playCachedReply(turn, frames, downlink, bufferMs, clock);
    }

    scope.receive(encoded, (packet) => writeAhead.add(packet));
    const guardedQueues = scope.guard(() => [
      {
        name: 'offline store',
        unit: 'turns' as const,
        depth: turns.stored + unfinished.size,
        limit: MAX_OFFLINE_BUFFER,
        sent: turns.created,
        dropped: turns.dropped,
      },
      writeAhead.metrics(),
    ]);
    if (queues) scope.onEnd(queues.watch(() => guardedQueues() ?? []));
    addTask(reportPending);
    return {
      receive(event) {
        switch (event.type) {
          case 'offline.open':
            return open(event);
          case 'offline.close':
            return writeAhead.isCurrent(event.turn) ? writeAhead.end() : undefined;
          case 'offline.forget':
            if (writeAhead.isWriting(event.id)) writeAhead.end();
            return addTask(() => remove(event.id));
          case 'offline.setAside':
            return addTask(function* () {
              yield* setAside(event.id, event.error);
              yield* reportPending();
            });
          case 'offline.deliver':
            return addTask(deliver);
          case 'offline.reply':
            return playReply(event.turn);
        }
      },
      stop() {
        stopReply?.();
        writeAhead.stop();
      },
    };
  };
}

const isPowerOfTwo = (n: number) => (n & (n - 1)) === 0;
