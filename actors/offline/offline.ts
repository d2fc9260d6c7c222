/**
 * The offline actor: keeps every packet before it is sent, hands kept turns out for delivery, and answers from the cache when
 * the cloud can't.
 */
import type { OfflinePort } from '../../machines/ports.ts';
import type { ActorDefinition } from '../../src/actor.ts';
import { type Boot, stampOf } from '../../src/boot.ts';
import type { Channel } from '../../src/channel.ts';
import type { BacklogTurn, DownlinkPacket, UplinkPacket } from '../../src/data-plane.ts';
import { errorInfo } from '../../src/errors.ts';
import type { OfflineCommand } from '../../src/events.ts';
import type { Probe, QueueReading } from '../../src/probe.ts';
import { MAX_OFFLINE_BUFFER } from '../../src/protocol/format.ts';
import type { CachedReplies } from './cached-replies.ts';
import { playCachedReply } from './cached-reply-player.ts';
import { openTurnStore, type StoredTurn, type TurnStore, type TurnWriter } from './turn-store.ts';

/** How often the disk is asked to have what was written: what a power cut can cost of a turn. */
const SYNC_INTERVAL_MS = 1_000;

export interface OfflineOptions {
  /** Folder of the kept turns. */
  folder: string;
  replies: CachedReplies;
  boot: Boot;
  /** What the encoder makes. */
  encoded: Channel<UplinkPacket>;
  /** To the network, once kept. */
  uplink: (packet: UplinkPacket) => void;
  /** A kept turn, to the network. */
  backlog: (turn: BacklogTurn) => void;
  /** A cached reply, to the player. */
  downlink: (packet: DownlinkPacket) => void;
  /** How much of it is sent ahead of real time. */
  bufferMs: number;
  /** Told how full the store is. */
  probe?: Probe;
}

export function defineOffline(options: OfflineOptions): ActorDefinition<OfflinePort> {
  const { folder, replies, boot, encoded, uplink, backlog, downlink, bufferMs, probe } = options;
  return ({ send, clock, log, receive, guard, onEnd }) => {
    let current: { turn: number; started: boolean; syncedAtMs: number; writer: TurnWriter | undefined } | undefined;
    let store: TurnStore | undefined;
    let stopReply: (() => void) | undefined;
    const kept = { turns: 0, made: 0, dropped: 0 };

    function theStore(): TurnStore {
      store ??= openTurnStore(folder, {
        limit: MAX_OFFLINE_BUFFER,
        onDropped(id) {
          log.warn('too many turns are kept: the oldest was dropped', { id });
          kept.dropped += 1;
          send({ type: 'offline.dropped', id });
        },
        onDamaged(id, damagedBytes, kept) {
          log.warn('a kept turn is damaged', { id, damagedBytes, kept });
          send({ type: 'offline.damaged', id, damagedBytes, kept });
        },
      });
      return store;
    }

    /** The disk's troubles are said and survived: the turn goes on without it. */
    function onDisk<T>(work: () => T): T | undefined {
      try {
        return work();
      } catch (error) {
        const info = errorInfo(error);
        log.warn(info.message, { hint: info.hint });
        send({ type: 'offline.failed', error: info });
        return undefined;
      }
    }

    function begin({ turn, id, trigger, startedAtMs }: Extract<OfflineCommand, { type: 'offline.open' }>): void {
      end();
      const writer = onDisk(() => theStore().create({ id, trigger, startedAtMs, boot: stampOf(boot) }));
      if (writer) kept.made += 1;
      current = { turn, started: false, syncedAtMs: clock.now(), writer };
    }

    function keep(packet: UplinkPacket): void {
      if (current?.turn === packet.turn) {
        const turn = current;
        if (turn.writer && !append(turn.writer, packet)) turn.writer = undefined;
        if (!turn.started) {
          turn.started = true;
          send({ type: 'offline.started', turn: packet.turn });
        }
        if (clock.now() - turn.syncedAtMs >= SYNC_INTERVAL_MS) {
          turn.syncedAtMs = clock.now();
          turn.writer?.sync();
        }
        if (packet.final) end();
      }
      uplink(packet);
    }

    /** False when the disk takes no more: said once, and the rest of the turn goes on without it. */
    function append(writer: TurnWriter, packet: UplinkPacket): boolean {
      const kept = onDisk(() => {
        writer.append(packet.bytes);
        return true;
      });
      if (!kept) onDisk(() => writer.close());
      return kept === true;
    }

    function end(): void {
      const writer = current?.writer;
      current = undefined;
      if (!writer) return;
      onDisk(() => writer.close());
      tellPending();
    }

    function tellPending(): void {
      const ids = onDisk(() => theStore().ids()) ?? [];
      kept.turns = ids.filter((id) => id !== current?.writer?.id).length;
      send({ type: 'offline.pending', turns: kept.turns });
    }

    function deliver(): void {
      const turn = oldestWhole();
      if (!turn) return tellPending();
      send({ type: 'offline.delivering', id: turn.id });
      backlog(turn);
    }

    /** The oldest that can be delivered. One that can't be read stays, and those after it are not kept back by it. */
    function oldestWhole(): StoredTurn | undefined {
      for (const id of onDisk(() => theStore().ids()) ?? []) {
        if (id === current?.writer?.id) continue;
        const read = onDisk(() => ({ turn: theStore().read(id) }));
        if (!read) continue;
        if (read.turn && read.turn.frames > 0) return read.turn;
        if (read.turn) onDisk(() => theStore().remove(id));
        else setAside(id, 'nothing of it can be read');
      }
      return undefined;
    }

    function setAside(id: string, reason: string): void {
      const aside = onDisk(() => theStore().setAside(id));
      if (aside) log.error('a kept turn can never be delivered: it is set aside', { id, reason, ...aside });
    }

    function answer(turn: number): void {
      const { text, frames } = replies.choose();
      send({ type: 'offline.replying', turn, text });
      stopReply?.();
      stopReply = playCachedReply(turn, frames, downlink, bufferMs, clock);
    }

    receive(encoded, keep);
    const readQueues = (): QueueReading[] => [
      {
        name: 'offline store',
        unit: 'turns',
        depth: kept.turns + (current?.writer ? 1 : 0),
        limit: MAX_OFFLINE_BUFFER,
        sent: kept.made,
        dropped: kept.dropped,
      },
    ];
    const guardedQueues = guard(readQueues);
    if (probe) onEnd(probe.watch(() => guardedQueues() ?? []));
    tellPending();
    return {
      receive(event) {
        switch (event.type) {
          case 'offline.open':
            return begin(event);
          case 'offline.close':
            return current?.turn === event.turn ? end() : undefined;
          case 'offline.forget':
            if (current?.writer?.id === event.id) end();
            onDisk(() => theStore().remove(event.id));
            return tellPending();
          case 'offline.setAside':
            setAside(event.id, event.error.message);
            return tellPending();
          case 'offline.deliver':
            return deliver();
          case 'offline.reply':
            return answer(event.turn);
        }
      },
      stop() {
        stopReply?.();
        end();
      },
    };
  };
}
