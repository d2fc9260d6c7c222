/**
 * The offline actor: keeps every packet before it is sent, hands stored turns out for delivery, and answers from the cache when
 * the cloud can't.
 */

import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import type { Channel } from '../../src/core/actor/channel.ts';
import type { BacklogTurn, DownlinkPacket, UplinkPacket } from '../../src/core/actor/data-plane.ts';
import type { QueueMetrics, QueueRegistry } from '../../src/core/actor/queue-metrics.ts';
import type { OfflineContract } from '../../src/core/contracts/index.ts';
import { EarshotError, errorInfo } from '../../src/core/errors.ts';
import type { Disk } from '../../src/core/files/disk.ts';
import { type MaybePromise, runSteps, type Steps, wait } from '../../src/core/files/steps.ts';
import { type Boot, stampOf } from '../../src/core/time/boot.ts';
import type { StoredTurn } from '../../src/core/turn-store/turn-file.ts';
import { MAX_OFFLINE_BUFFER } from '../../src/protocol/format.ts';
import type { CachedReplies } from './cached-replies.ts';
import { playCachedReply } from './cached-reply-player.ts';
import { createLane } from './lane.ts';
import { openTurnStoreOn, type TurnStore } from './turn-store.ts';
import type { TurnWriter } from './turn-writer.ts';

/** How often the disk is asked to have what was written: what a power cut can cost of a turn. */
const SYNC_INTERVAL_MS = 1_000;
/** How long a packet waits for the disk, and how many do. A disk that is slower is done without, for the rest of the turn. */
const MAX_UNWRITTEN_MS = 3_000;
const MAX_UNWRITTEN = 150;
/** Files that a disk which does not answer still has open; then turns are not kept until it does. */
const MAX_OPEN_FILES = 8;
/** Works that wait for the disk: two a turn, as a rule. */
const MAX_WAITING_WORKS = 64;

export interface OfflineOptions {
  /** Folder of the stored turns. */
  folder: string;
  /** How its files are accessed: at once, or without holding up this thread. */
  disk: Disk;
  replies: CachedReplies;
  boot: Boot;
  /** What the encoder makes. */
  encoded: Channel<UplinkPacket>;
  /** To the network, once kept. */
  uplink: (packet: UplinkPacket) => void;
  /** A stored turn, to the network. */
  backlog: (turn: BacklogTurn) => void;
  /** A cached reply, to the player. */
  downlink: (packet: DownlinkPacket) => void;
  /** How much of it is sent ahead of real time. */
  bufferMs: number;
  /** Told how full the store is. */
  probe?: QueueRegistry;
}

interface SpokenTurn {
  turn: number;
  started: boolean;
  syncedAtMs: number;
  writer: TurnWriter | undefined;
}

export function defineOffline(options: OfflineOptions): ActorDefinition<OfflineContract> {
  const { folder, disk, replies, boot, encoded, uplink, backlog, downlink, bufferMs, probe } = options;
  /** Turns that are being written, also by a life of this actor that has ended: their files are not whole yet. */
  const unfinished = new Set<string>();
  return (scope) => {
    const { send, clock, log, receive, guard, onEnd } = scope;
    let current: SpokenTurn | undefined;
    let store: TurnStore | undefined;
    let stopReply: (() => void) | undefined;
    const kept = { turns: 0, made: 0, dropped: 0 };
    /** In the order in which they go on. */
    const unwritten: { packet: UplinkPacket; of: SpokenTurn | undefined; isWritten: boolean; atMs: number }[] = [];
    const written = { packets: 0, givenUp: 0 };
    const lane = createLane(MAX_WAITING_WORKS, scope);

    function theStore(): TurnStore {
      store ??= openTurnStoreOn(disk, folder, {
        limit: MAX_OFFLINE_BUFFER,
        onDropped(id) {
          log.warn('too many turns are kept: the oldest was dropped', { id });
          kept.dropped += 1;
          send({ type: 'offline.dropped', id });
        },
        onDamaged(id, damagedBytes, kept) {
          log.warn('a stored turn is damaged', { id, damagedBytes, kept });
          send({ type: 'offline.damaged', id, damagedBytes, kept });
        },
      });
      return store;
    }

    /** The disk's troubles are said and survived: the turn goes on without it. */
    function* onDisk<T>(work: () => MaybePromise<T>): Steps<T | undefined> {
      try {
        return yield* wait(work());
      } catch (error) {
        tell(error);
        return undefined;
      }
    }

    function tell(error: unknown): void {
      const info = errorInfo(error);
      log.warn(info.message, { hint: info.hint });
      send({ type: 'offline.failed', error: info });
    }

    function begin({
      turn,
      id,
      trigger,
      startedAtMs,
    }: Extract<OfflineContract['receives'], { type: 'offline.open' }>): void {
      end();
      current = { turn, started: false, syncedAtMs: clock.now(), writer: undefined };
      try {
        if (unfinished.size >= MAX_OPEN_FILES) throw tooSlow(folder);
        current.writer = theStore().create({ id, trigger, startedAtMs, boot: stampOf(boot) });
        unfinished.add(id);
        kept.made += 1;
      } catch (error) {
        tell(error);
      }
    }

    /** Goes on when it is written, and when it can't be. */
    function keep(packet: UplinkPacket): void {
      const of = current?.turn === packet.turn ? current : undefined;
      const entry = { packet, of, isWritten: false, atMs: clock.now() };
      unwritten.push(entry);
      const goOn = () => {
        entry.isWritten = true;
        passOn();
      };
      if (!of) return goOn();
      const writing = append(of, packet);
      if (!(writing instanceof Promise)) return goOn();
      scope.run(() => writing.then(goOn));
      const waitedMs = entry.atMs - (unwritten[0]?.atMs ?? entry.atMs);
      if (unwritten.length > MAX_UNWRITTEN || waitedMs > MAX_UNWRITTEN_MS) giveUp(of);
    }

    /** What goes wrong is said once, and the rest of the turn goes on without the disk. */
    function append(of: SpokenTurn, packet: UplinkPacket): MaybePromise<void> {
      const { writer } = of;
      if (!writer) return undefined;
      const failed = (error: unknown) => {
        if (of.writer !== writer) return;
        tell(error);
        leave(of);
      };
      let writing: MaybePromise<void>;
      try {
        writing = writer.append(packet.bytes);
      } catch (error) {
        return failed(error);
      }
      if (clock.now() - of.syncedAtMs >= SYNC_INTERVAL_MS) {
        of.syncedAtMs = clock.now();
        writer.sync();
      }
      return writing instanceof Promise ? writing.catch(failed) : undefined;
    }

    function passOn(): void {
      while (unwritten[0]?.isWritten) {
        const { packet, of } = unwritten.shift() as (typeof unwritten)[number];
        written.packets += 1;
        if (of && !of.started) {
          of.started = true;
          send({ type: 'offline.started', turn: packet.turn });
        }
        uplink(packet);
        if (packet.final && of === current) end();
      }
    }

    function giveUp(of: SpokenTurn): void {
      tell(tooSlow(folder));
      written.givenUp += unwritten.filter(({ isWritten }) => !isWritten).length;
      leave(of);
      for (const entry of unwritten) entry.isWritten = true;
      passOn();
    }

    function end(): void {
      const ended = current;
      current = undefined;
      if (ended) leave(ended);
    }

    /** The process may be about to end. */
    function flush(): void {
      try {
        current?.writer?.flush();
      } catch (error) {
        tell(error);
      }
    }

    /** Nothing more is written of it. */
    function leave(of: SpokenTurn): void {
      const { writer } = of;
      of.writer = undefined;
      if (!writer) return;
      // Whatever becomes of this actor: a file that was begun is ended.
      const closing = runSteps(close(writer));
      later(function* () {
        yield* wait(closing);
        yield* tellPending();
      });
    }

    function* close(writer: TurnWriter): Steps<void> {
      yield* onDisk(() => writer.close());
      unfinished.delete(writer.id);
    }

    function later(work: () => Steps<void>): void {
      if (lane.add(work)) return;
      const { waiting, dropped } = lane;
      if (isPowerOfTwo(dropped)) log.warn('the disk is too slow: something is not done', { waiting, dropped });
    }

    function* tellPending(): Steps<void> {
      const ids = (yield* onDisk(() => theStore().ids())) ?? [];
      kept.turns = ids.filter((id) => !unfinished.has(id)).length;
      send({ type: 'offline.pending', turns: kept.turns });
    }

    function* deliver(): Steps<void> {
      const turn = yield* oldestWhole();
      if (!turn) return yield* tellPending();
      send({ type: 'offline.delivering', id: turn.id });
      backlog(turn);
    }

    /** The oldest that can be delivered. One that can't be read stays, and those after it are not kept back by it. */
    function* oldestWhole(): Steps<StoredTurn | undefined> {
      for (const id of (yield* onDisk(() => theStore().ids())) ?? []) {
        if (unfinished.has(id)) continue;
        const read = yield* onDisk(() => readTurn(id));
        if (!read) continue;
        if (read.turn && read.turn.frames > 0) return read.turn;
        if (read.turn) yield* onDisk(() => theStore().remove(id));
        else yield* setAside(id, 'nothing of it can be read');
      }
      return undefined;
    }

    /** Tells a turn of which nothing can be read from one that can't be read now. */
    function readTurn(id: string): MaybePromise<{ turn: StoredTurn | undefined }> {
      const read = theStore().read(id);
      return read instanceof Promise ? read.then((turn) => ({ turn })) : { turn: read };
    }

    function* setAside(id: string, reason: string): Steps<void> {
      const aside = yield* onDisk(() => theStore().setAside(id));
      if (aside) log.error('a stored turn can never be delivered: it is set aside', { id, reason, ...aside });
    }

    function answer(turn: number): void {
      const { text, frames } = replies.choose();
      send({ type: 'offline.replying', turn, text });
      stopReply?.();
      stopReply = playCachedReply(turn, frames, downlink, bufferMs, clock);
    }

    receive(encoded, keep);
    const readQueues = (): QueueMetrics[] => [
      {
        name: 'offline store',
        unit: 'turns',
        depth: kept.turns + unfinished.size,
        limit: MAX_OFFLINE_BUFFER,
        sent: kept.made,
        dropped: kept.dropped,
      },
      {
        name: 'unwritten packets',
        depth: unwritten.length,
        limit: MAX_UNWRITTEN,
        sent: written.packets,
        dropped: written.givenUp,
      },
    ];
    const guardedQueues = guard(readQueues);
    if (probe) onEnd(probe.watch(() => guardedQueues() ?? []));
    later(tellPending);
    return {
      receive(event) {
        switch (event.type) {
          case 'offline.open':
            return begin(event);
          case 'offline.close':
            return current?.turn === event.turn ? end() : undefined;
          case 'offline.forget':
            if (current?.writer?.id === event.id) end();
            return later(function* () {
              yield* onDisk(() => theStore().remove(event.id));
              yield* tellPending();
            });
          case 'offline.setAside':
            return later(function* () {
              yield* setAside(event.id, event.error.message);
              yield* tellPending();
            });
          case 'offline.deliver':
            return later(deliver);
          case 'offline.reply':
            return answer(event.turn);
        }
      },
      stop() {
        stopReply?.();
        flush();
        end();
        // What was spoken goes on, whatever comes after.
        for (const entry of unwritten) entry.isWritten = true;
        passOn();
      },
    };
  };
}

const isPowerOfTwo = (n: number) => (n & (n - 1)) === 0;

function tooSlow(folder: string): EarshotError {
  const message = `The disk of ${folder} takes too long to write: turns are not kept`;
  return new EarshotError('store_failed', message, 'Its card may be worn out, or something else keeps it busy.');
}
