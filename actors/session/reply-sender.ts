/**
 * Sends the reply of the current turn: when it is due, as fast as the socket takes it, and from where the device is.
 */
import type { Scope } from '../../src/core/actor/scope.ts';
import { createPacer } from '../../src/core/time/pacer.ts';
import type { Socket } from '../network/socket.ts';
import type { PeerTurn } from './peer-turn.ts';

/** Bytes in the socket above which a reply waits, and how soon it is looked at again. */
const MAX_SOCKET_BUFFER_BYTES = 64 * 1_024;
const RETRY_MS = 40;

export interface ReplySenderOptions {
  scope: Pick<Scope, 'clock' | 'run'>;
  turn: () => PeerTurn | undefined;
  socket: () => Socket | undefined;
  /** How much of a reply is sent ahead of real time. */
  bufferMs: () => number;
  /** The last packet went out; frames of the reply in all. */
  onSent: (turn: PeerTurn, frames: number) => void;
}

export interface ReplySender {
  /** Sends what is due, and comes back for the rest. */
  pump(): void;
  /** Goes on at the first frame that the device lacks. */
  resume(nextFrame: number): void;
  stop(): void;
}

export function createReplySender({ scope, turn, socket, bufferMs, onSent }: ReplySenderOptions): ReplySender {
  const { clock, run } = scope;
  let timer: unknown;
  /** Whose reply is being read back from the disk. */
  let loading: PeerTurn | undefined;

  function stop(): void {
    if (timer === undefined) return;
    clock.clearTimeout(timer);
    timer = undefined;
  }

  function pump(): void {
    stop();
    for (let of = turn(); of?.announced && socket(); of = turn()) {
      const next = of.reply.next();
      if (next === 'none') return;
      if (next === 'unloaded') return load(of);
      const waitMs = waitMsFor(of, next.atMs);
      if (waitMs > 0) {
        timer = clock.setTimeout(pump, waitMs);
        return;
      }
      send(of);
    }
  }

  function waitMsFor(of: PeerTurn, atMs: number): number {
    const nowMs = clock.now();
    of.pacer ??= createPacer(nowMs - atMs, bufferMs());
    const isFull = (socket()?.bufferedBytes ?? 0) > MAX_SOCKET_BUFFER_BYTES;
    return isFull ? RETRY_MS : of.pacer.waitMs(atMs, nowMs);
  }

  function send(of: PeerTurn): void {
    const packet = of.reply.take();
    if (!packet) return;
    of.timing.firstReplySentAtMs ??= clock.now();
    socket()?.sendBinary(packet.bytes);
    if (packet.final) onSent(of, packet.frames);
  }

  function load(of: PeerTurn): void {
    if (loading === of) return;
    loading = of;
    run(async () => {
      await of.reply.load();
      loading = undefined;
      if (turn() === of) pump();
    });
  }

  return {
    pump,
    resume(nextFrame) {
      const of = turn();
      of?.reply.rewind(nextFrame);
      // Paced anew: the device's buffer has run dry meanwhile.
      delete of?.pacer;
      pump();
    },
    stop,
  };
}
