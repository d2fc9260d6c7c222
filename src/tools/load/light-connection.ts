/**
 * The connection of a light device: it says hello, pings, and is made again after a loss, with the backoff of a real device.
 */
import { MessageSocket } from '../../../actors/network/message-socket.ts';
import { LINK_DELAYS_MS } from '../../../machines/link.ts';
import { streamDial } from '../../client/dial.ts';
import { createScope, type OwnedScope } from '../../core/actor/scope.ts';
import { EarshotError } from '../../core/errors.ts';
import { silentLog } from '../../core/log/log.ts';
import { backoffMs } from '../../core/time/backoff.ts';
import {
  CLOSE_NORMAL,
  type DeviceMessage,
  decodeGatewayMessage,
  type GatewayMessage,
  PROTOCOL_VERSION,
} from '../../protocol/control.ts';
import type { LoadDeviceOptions } from './load-device.ts';

/** As much of a reply as the client library asks for ahead of real time. */
const BUFFER_MS = 600;
const PING_EVERY_MS = 5_000;
/** Faults of the gateway with which the connection ends. */
const MAX_FAULTS = 5;

export interface LightConnectionHandlers {
  onUp(): void;
  /** An attempt failed, or the connection was lost. It is made again. */
  onDown(error: EarshotError): void;
  /** All but `welcome` and `pong`. */
  onMessage(message: GatewayMessage): void;
  /** Valid during the call only. */
  onPacket(bytes: Uint8Array): void;
}

export class LightConnection {
  readonly #options: LoadDeviceOptions;
  readonly #handlers: LightConnectionHandlers;
  #scope: OwnedScope | undefined;
  #socket: MessageSocket<DeviceMessage, GatewayMessage> | undefined;
  #isUp = false;
  #isOver = false;
  #failures = 0;
  #retry: unknown;

  constructor(options: LoadDeviceOptions, handlers: LightConnectionHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  open(): void {
    const { gateway: url, token, sockets, clock, name } = this.#options;
    const onCrash = (error: unknown) => this.#onEnd(scope, new EarshotError('internal', String(error), ''));
    const scope = createScope(name, { clock, log: silentLog, onCrash });
    this.#scope = scope;
    const socket = new MessageSocket<DeviceMessage, GatewayMessage>({
      open: streamDial({ url, token: () => token, WebSocket: sockets.WebSocket }),
      decode: decodeGatewayMessage,
      scope,
      listener: {
        maxFaults: MAX_FAULTS,
        onOpen: () => socket.send(this.#hello()),
        onMessage: (message) => this.#onMessage(scope, message),
        onPacket: (bytes) => {
          this.#handlers.onPacket(bytes);
          return undefined;
        },
        onFault() {},
        onClose: (code, reason, error) => this.#onEnd(scope, error ?? closed(code, reason)),
      },
    });
    this.#socket = socket;
  }

  send(message: DeviceMessage): void {
    this.#socket?.send(message);
  }

  sendPacket(bytes: Uint8Array): void {
    this.#socket?.sendPacket(bytes);
  }

  close(): void {
    this.#isOver = true;
    this.#options.clock.clearTimeout(this.#retry);
    // Before the welcome there may be no open socket.
    if (this.#isUp) this.#socket?.send({ type: 'bye', reason: 'closed' });
    this.#isUp = false;
    this.#socket?.close(CLOSE_NORMAL, 'closed');
    this.#scope?.end();
  }

  #onMessage(scope: OwnedScope, message: GatewayMessage): void {
    if (message.type === 'welcome') {
      this.#failures = 0;
      this.#isUp = true;
      this.#ping(scope);
      this.#handlers.onUp();
    } else if (message.type !== 'pong') this.#handlers.onMessage(message);
  }

  #ping(scope: OwnedScope): void {
    this.#socket?.send({ type: 'ping', t0: scope.clock.now() });
    scope.clock.setTimeout(() => this.#ping(scope), PING_EVERY_MS);
  }

  #onEnd(scope: OwnedScope, error: EarshotError): void {
    if (scope !== this.#scope || this.#isOver) return;
    const { clock, random } = this.#options;
    scope.end();
    this.#socket = undefined;
    this.#isUp = false;
    this.#failures += 1;
    const { firstRetry: firstMs, longestRetry: longestMs } = LINK_DELAYS_MS;
    const ceilingMs = backoffMs(this.#failures, { firstMs, longestMs });
    this.#retry = clock.setTimeout(() => this.open(), ceilingMs / 2 + (ceilingMs / 2) * random());
    this.#handlers.onDown(error);
  }

  #hello(): DeviceMessage {
    const { name, framesPerPacket } = this.#options;
    return {
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      device: { name, model: 'load', software: 'earshot load' },
      audio: { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket },
      playback: { bufferMs: BUFFER_MS },
    };
  }
}

function closed(code: number, reason: string): EarshotError {
  const message = `The gateway closed the connection: ${code}${reason && ` ${reason}`}`;
  return new EarshotError(code === 1_006 ? 'link_down' : 'gateway_closed', message, 'It is made again by itself.');
}
