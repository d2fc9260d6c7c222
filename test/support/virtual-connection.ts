/**
 * A simulated connection between a device and a gateway: messages of each direction in order, each after its delay; it breaks, or it stalls
 * without an error.
 */
import type { AcceptSocket, Dial, Socket, SocketHandlers } from '../../actors/network/socket.ts';
import type { EarshotError } from '../../src/core/errors.ts';
import type { Clock } from '../../src/core/time/clock.ts';

const ABNORMAL = 1_006;

export interface VirtualConnectionOptions {
  clock: Clock;
  /** Of the next message. */
  transitMs: () => number;
  /** Of the device that dials. */
  handlers: Parameters<Dial>[0];
  /** What both sockets report. */
  bufferedBytes?: () => number;
  /** Both ends are closed. */
  onOver?: () => void;
}

export interface VirtualConnection {
  /** The device's end. */
  readonly socket: Socket;
  /** The gateway takes it: the device's end is open. */
  accept(accept: (take: AcceptSocket) => void): void;
  /** It was not made. The device is told. */
  refuse(error: EarshotError): void;
  /** Both ends are told, each after its own delay. */
  break(): void;
  /** The gateway's process has died; the device is told by its system, and the process is not. */
  die(): void;
  /** Nothing arrives any more, and nobody is told. */
  silence(): void;
}

interface End {
  handlers: SocketHandlers | undefined;
  closed: boolean;
  /** Arrival time of the last message: no later one arrives earlier. */
  lastDueMs: number;
}

export function openVirtualConnection(options: VirtualConnectionOptions): VirtualConnection {
  const { clock, transitMs, handlers, bufferedBytes = () => 0, onOver = () => {} } = options;
  const device: End = { handlers, closed: false, lastDueMs: 0 };
  const gateway: End = { handlers: undefined, closed: false, lastDueMs: 0 };
  let isSilent = false;

  function later(to: End, work: () => void): void {
    to.lastDueMs = Math.max(to.lastDueMs, clock.now() + transitMs());
    clock.setTimeout(work, to.lastDueMs - clock.now());
  }

  function close(end: End, code: number, reason: string, error?: EarshotError): void {
    if (end.closed) return;
    end.closed = true;
    if (device.closed && gateway.closed) onOver();
    end.handlers?.onClose(code, reason, error);
  }

  function closeLater(end: End, code: number, reason: string, error?: EarshotError): void {
    if (!isSilent) later(end, () => !isSilent && close(end, code, reason, error));
  }

  function send(to: End, deliver: (handlers: SocketHandlers) => void): void {
    if (isSilent) return;
    later(to, () => {
      if (!to.closed && !isSilent && to.handlers) deliver(to.handlers);
    });
  }

  function socketOf(own: End, other: End): Socket {
    return {
      sendText: (text) => !own.closed && send(other, (to) => to.onText(text)),
      sendBinary(bytes) {
        const copy = bytes.slice();
        if (!own.closed) send(other, (to) => to.onBinary(copy));
      },
      get bufferedBytes() {
        return bufferedBytes();
      },
      setReading() {},
      close(code, reason) {
        closeLater(other, code, reason);
        clock.setTimeout(() => close(own, code, reason), 1);
      },
      terminate() {
        closeLater(other, ABNORMAL, '');
        close(own, ABNORMAL, '');
      },
    };
  }

  return {
    socket: socketOf(device, gateway),
    accept(accept) {
      later(device, () => {
        if (device.closed || isSilent) return;
        accept((taken) => {
          gateway.handlers = taken;
          return socketOf(gateway, device);
        });
        handlers.onOpen();
      });
    },
    refuse: (error) => later(device, () => close(device, ABNORMAL, '', error)),
    break() {
      for (const end of [device, gateway]) clock.setTimeout(() => close(end, ABNORMAL, ''), transitMs());
    },
    die() {
      gateway.closed = true;
      gateway.handlers = undefined;
      if (device.closed) return onOver();
      closeLater(device, ABNORMAL, '');
    },
    silence() {
      isSilent = true;
    },
  };
}
