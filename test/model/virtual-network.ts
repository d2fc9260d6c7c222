/**
 * A simulated network between devices and a gateway: messages of a connection in order, each after its delay; connections that
 * break, that stall without an error, and that cannot be opened.
 */
import type { AcceptSocket, Dial, Socket, SocketHandlers } from '../../actors/network/socket.ts';
import { EarshotError } from '../../src/core/errors.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import type { Random } from '../support/random.ts';

const ABNORMAL = 1_006;
/** More than any part lets wait in a socket. */
const CONGESTED_BYTES = 1_000_000;

export interface VirtualNetwork {
  dial: Dial;
  /** Every connection breaks; both peers are notified, each after its own delay. */
  breakAll(): void;
  /** Every connection stalls; no peer is notified. */
  silenceAll(): void;
  /** No new connection can be opened until then. */
  vanish(ms: number): void;
  /** Sockets accept messages and report them as buffered. */
  congest(is: boolean): void;
  connections(): number;
}

export interface VirtualNetworkOptions {
  clock: Clock;
  random: Random;
  delayMs: number;
  jitterMs: number;
  /** The gateway accepts a connection. */
  accept: (take: AcceptSocket) => void;
}

interface End {
  handlers: SocketHandlers | undefined;
  closed: boolean;
  /** Arrival time of the last sent message: no later message arrives earlier. */
  lastDueMs: number;
}

export function createVirtualNetwork(options: VirtualNetworkOptions): VirtualNetwork {
  const { clock, random, delayMs, jitterMs, accept } = options;
  const lines = new Set<{ device: End; gateway: End; silent: boolean }>();
  let goneUntilMs = 0;
  let isCongested = false;

  const transitMs = () => delayMs - Math.log(1 - random.next()) * jitterMs;

  function later(to: End, work: () => void): void {
    to.lastDueMs = Math.max(to.lastDueMs, clock.now() + transitMs());
    clock.setTimeout(work, to.lastDueMs - clock.now());
  }

  const dial: Dial = (handlers) => {
    const device: End = { handlers, closed: false, lastDueMs: 0 };
    const gateway: End = { handlers: undefined, closed: false, lastDueMs: 0 };
    const line = { device, gateway, silent: false };

    function close(end: End, code: number, reason: string, error?: EarshotError): void {
      if (end.closed) return;
      end.closed = true;
      if (device.closed && gateway.closed) lines.delete(line);
      end.handlers?.onClose(code, reason, error);
    }

    function send(to: End, deliver: (handlers: SocketHandlers) => void): void {
      if (line.silent) return;
      later(to, () => {
        if (!to.closed && !line.silent && to.handlers) deliver(to.handlers);
      });
    }

    function socketOf(own: End, other: End): Socket {
      return {
        sendText: (text) => !own.closed && send(other, (to) => to.onText(text)),
        sendBinary: (bytes) => {
          const copy = bytes.slice();
          if (!own.closed) send(other, (to) => to.onBinary(copy));
        },
        get bufferedBytes() {
          return isCongested ? CONGESTED_BYTES : 0;
        },
        setReading() {},
        close(code, reason) {
          if (!line.silent) later(other, () => !line.silent && close(other, code, reason));
          clock.setTimeout(() => close(own, code, reason), 1);
        },
        terminate() {
          if (!line.silent) later(other, () => !line.silent && close(other, ABNORMAL, ''));
          close(own, ABNORMAL, '');
        },
      };
    }

    if (clock.now() < goneUntilMs) {
      const error = new EarshotError('gateway_unreachable', 'There is no network', '');
      clock.setTimeout(() => close(device, ABNORMAL, '', error), 1_000);
      return socketOf(device, gateway);
    }
    lines.add(line);
    later(device, () => {
      if (device.closed || line.silent) return;
      accept((taken) => {
        gateway.handlers = taken;
        return socketOf(gateway, device);
      });
      handlers.onOpen();
    });
    return socketOf(device, gateway);
  };

  return {
    dial,
    breakAll() {
      for (const { device, gateway } of [...lines]) {
        for (const end of [device, gateway]) {
          clock.setTimeout(() => {
            if (end.closed) return;
            end.closed = true;
            end.handlers?.onClose(ABNORMAL, '');
          }, transitMs());
        }
      }
      lines.clear();
    },
    silenceAll() {
      for (const line of lines) line.silent = true;
      lines.clear();
    },
    vanish(ms) {
      goneUntilMs = clock.now() + ms;
    },
    congest(is) {
      isCongested = is;
    },
    connections: () => lines.size,
  };
}
