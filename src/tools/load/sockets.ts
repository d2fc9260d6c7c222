/**
 * The connections of one device of a load test: the WebSocket of `ws`, over an emulated network where a trace of delays is given. The test can
 * cut them.
 */
import { type RawData, WebSocket } from 'ws';
import type { StandardWebSocket, WebSocketClass } from '../../client/dial.ts';
import type { DelayLine } from './delay-line.ts';

export interface DeviceSockets {
  /** For the client library. */
  readonly WebSocket: WebSocketClass;
  /** Ends the connection without a close frame, as a lost network does. */
  cut(): void;
}

export interface SocketsOptions {
  /** One direction of a connection's network. Undefined: nothing is emulated. */
  makeDelayLine: (() => DelayLine) | undefined;
  /** The device dials. */
  onAttempt(): void;
}

export function createDeviceSockets({ makeDelayLine, onAttempt }: SocketsOptions): DeviceSockets {
  let current: WebSocket | undefined;

  /** A constructor that returns an object: the client library calls it by `new`. */
  function Connection(url: string, protocols: string[]): StandardWebSocket {
    onAttempt();
    current = new WebSocket(url, protocols, { perMessageDeflate: false });
    return makeDelayLine ? delayed(current, makeDelayLine(), makeDelayLine()) : (current as StandardWebSocket);
  }

  return {
    WebSocket: Connection as unknown as WebSocketClass,
    cut() {
      current?.terminate();
    },
  };
}

/** A socket whose messages take as long as the lines say, in both directions, and in their order. */
function delayed(socket: WebSocket, up: DelayLine, down: DelayLine): StandardWebSocket {
  socket.binaryType = 'arraybuffer';
  const outer: StandardWebSocket = {
    binaryType: 'arraybuffer',
    ...{ onopen: null, onmessage: null, onclose: null, onerror: null },
    get bufferedAmount() {
      return socket.bufferedAmount + up.waitingBytes;
    },
    send(data) {
      // The caller may use its bytes again.
      const kept = typeof data === 'string' ? data : data.slice();
      up.pass(data.length, () => socket.readyState === WebSocket.OPEN && socket.send(kept));
    },
    close: (code, reason) => up.pass(0, () => socket.close(code, reason)),
  };
  const later = (bytes: number, tell: () => void) => down.pass(bytes, tell);
  socket.on('open', () => later(0, () => outer.onopen?.({} as never)));
  socket.on('message', (data: RawData, isBinary: boolean) => {
    const message = isBinary ? (data as ArrayBuffer) : data.toString();
    const bytes = typeof message === 'string' ? message.length : message.byteLength;
    later(bytes, () => outer.onmessage?.({ data: message } as never));
  });
  socket.on('error', ({ message }) => later(0, () => outer.onerror?.({ message } as never)));
  socket.on('close', (code, reason) => {
    up.end();
    later(0, () => {
      down.end();
      outer.onclose?.({ code, reason: reason.toString() } as never);
    });
  });
  return outer;
}
