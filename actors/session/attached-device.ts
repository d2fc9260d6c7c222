/**
 * A device while it is connected: the messages to it and from it, and the state that ends with the connection. The
 * connection to a device that is silent for too long is closed.
 */

import type { Scope } from '../../src/core/actor/scope.ts';
import {
  type AudioFormat,
  CLOSE_REPLACED,
  type DeviceMessage,
  type GatewayMessage,
} from '../../src/protocol/control.ts';
import type { PacketError } from '../../src/protocol/packet.ts';
import { MAX_FAULTS, type MessageSocket } from '../network/message-socket.ts';
import type { DeviceHello, DeviceSocket } from './handshake.ts';
import { countPacket, type Traffic } from './traffic.ts';

/** A device pings every 5 s; after this time without a message it counts as lost. */
const DEAD_AFTER_MS = 15_000;

export interface DeviceHandlers {
  onMessage(message: DeviceMessage): void;
  /** Counts it, too. @returns what is wrong with the packet. The bytes are valid during the call only. */
  onPacket(bytes: Uint8Array): PacketError | undefined;
  onClosed(code: number, reason: string): void;
}

export class AttachedDevice {
  readonly status = 'attached';
  readonly hello: DeviceHello;
  readonly #socket: MessageSocket<GatewayMessage, DeviceMessage>;
  readonly #scope: Pick<Scope, 'log' | 'run'>;
  readonly #traffic: Traffic;
  #isPaused = false;

  constructor({ socket, hello }: DeviceSocket, handlers: DeviceHandlers, traffic: Traffic, scope: Scope) {
    const { log, guard } = scope;
    this.hello = hello;
    this.#socket = socket;
    this.#scope = scope;
    this.#traffic = traffic;
    socket.silence.reset();
    socket.listen(
      {
        maxFaults: MAX_FAULTS,
        onMessage: handlers.onMessage,
        // Itself: a closure around it would be one more object for each packet.
        onPacket: handlers.onPacket,
        onFault: ({ code, reason, count, isLast }) => {
          log.warn('a device sent something that is not of the protocol', { code, reason, faults: count });
          this.send({ type: 'error', code, message: reason, retryable: !isLast });
        },
        // When this end has closed, the other end has no reason to report.
        onClose: (code, reason, error) => handlers.onClosed(code, reason || (error?.message ?? '')),
      },
      scope,
    );
    const check: (silentMs: number) => void = guard((silentMs: number): void => this.#check(silentMs, check));
    socket.silence.checkAfter(DEAD_AFTER_MS, check);
  }

  /** Time of the last message from it. */
  get lastHeardAtMs(): number {
    return this.#socket.silence.lastActiveAtMs;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  /** Sends a message to it. */
  get audioFormat(): AudioFormat {
    const { framesPerPacket } = this.hello.audio;
    return { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket };
  }

  send(message: GatewayMessage): void {
    this.#socket.send(message);
  }

  sendPacket(bytes: Uint8Array): void {
    countPacket(this.#traffic.sent, bytes);
    this.#socket.sendPacket(bytes);
  }

  /** It has violated the protocol. */
  fault(code: string, reason: string): void {
    this.#socket.fault(code, reason);
  }

  /** Reads nothing more from it until then. Messages that were read already still arrive. */
  pauseUntil(ready: () => Promise<void>): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#socket.setReading(false);
    this.#scope.run(async () => {
      await ready();
      this.#isPaused = false;
      this.#socket.setReading(true);
    });
  }

  /** The connection ends without notifying anyone. */
  release(): void {
    this.#socket.silence.stop();
  }

  /** Another connection of the same device has replaced it. */
  replace(): void {
    this.release();
    this.#socket.close(CLOSE_REPLACED, 'replaced');
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #check(silentMs: number, again: (silentMs: number) => void): void {
    if (silentMs < DEAD_AFTER_MS) return this.#socket.silence.checkAfter(DEAD_AFTER_MS - silentMs, again);
    const { log } = this.#scope;
    log.info('device silent: connection dropped', {
      device: this.hello.device.name,
      silentMs: Math.round(silentMs),
    });
    this.terminate();
  }
}
