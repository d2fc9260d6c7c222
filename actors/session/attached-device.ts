/**
 * A device while it is connected: what is said to it, what it says, and what lasts no longer than the connection. A device that is silent for
 * too long is given up.
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

/** A device pings every 5 s; one that is silent this long is gone. */
const DEAD_AFTER_MS = 15_000;

export interface DeviceHandlers {
  onMessage(message: DeviceMessage): void;
  /** @returns what is wrong with the packet. The bytes are lent for the call. */
  onPacket(bytes: Uint8Array): PacketError | undefined;
  onClosed(code: number, reason: string): void;
}

export class AttachedDevice {
  readonly status = 'attached';
  readonly hello: DeviceHello;
  readonly #socket: MessageSocket<GatewayMessage, DeviceMessage>;
  readonly #scope: Pick<Scope, 'log' | 'run'>;
  #isPaused = false;

  constructor({ socket, hello }: DeviceSocket, handlers: DeviceHandlers, scope: Scope) {
    const { log, guard } = scope;
    this.hello = hello;
    this.#socket = socket;
    this.#scope = scope;
    socket.silence.reset();
    socket.listen(
      {
        maxFaults: MAX_FAULTS,
        onMessage: handlers.onMessage,
        onPacket: handlers.onPacket,
        onFault: ({ code, reason, count, isLast }) => {
          log.warn('a device sent something that is not of the protocol', { code, reason, faults: count });
          this.send({ type: 'error', code, message: reason, retryable: !isLast });
        },
        // Where this end has closed there is no reason from the other one.
        onClose: (code, reason, error) => handlers.onClosed(code, reason || (error?.message ?? '')),
      },
      scope,
    );
    const check: (silentMs: number) => void = guard((silentMs: number): void => this.#check(silentMs, check));
    socket.silence.checkAfter(DEAD_AFTER_MS, check);
  }

  /** When something came from it last. */
  get lastHeardAtMs(): number {
    return this.#socket.silence.lastActiveAtMs;
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedBytes;
  }

  /** What it is sent. */
  get audioFormat(): AudioFormat {
    const { framesPerPacket } = this.hello.audio;
    return { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket };
  }

  send(message: GatewayMessage): void {
    this.#socket.send(message);
  }

  sendPacket(bytes: Uint8Array): void {
    this.#socket.sendPacket(bytes);
  }

  /** It has sent what it must not. */
  fault(code: string, reason: string): void {
    this.#socket.fault(code, reason);
  }

  /** Nothing more is read from it until then. What was read already comes all the same. */
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

  /** The connection is left to its end: nobody waits for anything from it. */
  release(): void {
    this.#socket.silence.stop();
  }

  /** Another connection of the same device has taken its place. */
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
