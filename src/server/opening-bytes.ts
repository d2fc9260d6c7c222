/**
 * Reads the first bytes of a connection, for something that comes before what it is meant for.
 */
import type { Socket } from 'node:net';

export interface OpeningBytes<T> {
  /** Undefined: more bytes are needed. */
  parse(bytes: Buffer): T | undefined;
  /** Called once, with all that has been read; the socket is paused. Not called when the connection ends before. */
  onParsed(parsed: T, bytes: Buffer): void;
  /** For the whole of it; after that the connection is dropped. Infinity: no limit. */
  limitMs: number;
}

export function readOpening<T>(socket: Socket, { parse, onParsed, limitMs }: OpeningBytes<T>): void {
  let bytes: Buffer = Buffer.alloc(0);
  const timer = limitMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(() => socket.destroy(), limitMs);
  const drop = () => void socket.destroy();
  const leave = () => {
    clearTimeout(timer);
    socket.off('data', onData).off('end', drop).off('error', drop).off('close', leave);
  };
  function onData(more: Buffer): void {
    bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more]);
    const parsed = parse(bytes);
    if (parsed === undefined) return;
    leave();
    socket.pause();
    onParsed(parsed, bytes);
  }
  socket.on('data', onData).on('end', drop).on('error', drop).on('close', leave);
  socket.resume();
}
