/**
 * A UDP relay between the two ends of one WebRTC connection on the loopback. Speech from the sender is forwarded when its packet is due by
 * the trace, in order; everything else (ICE, DTLS, RTCP) at once. It notes when each packet was really forwarded.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const LOOPBACK = '127.0.0.1';
/** RFC 7983: the first byte of RTP and RTCP. */
const isRtpOrRtcp = (first: number) => first >= 128 && first <= 191;
/** RFC 5761: the second byte of RTCP, where both share a port. */
const isRtcp = (second: number) => second >= 192 && second <= 223;

/**
 * Speech is dropped for so long after the first packet: the browser opens its output meanwhile. What would arrive before that would wait in its
 * buffer, through no fault of the buffer.
 */
export const WARM_UP_MS = 3_000;

export type End = 'sender' | 'receiver';

export interface DelayingRelay {
  /** Where the other end of `end` has to send, and who sends from there. */
  portOf(end: End, itsPort: number): Promise<number>;
  /** From the time at which a packet was to be sent to the time at which it was forwarded, in order. */
  delaysMs: number[];
  /** Nothing more is forwarded. */
  stop(): void;
  close(): void;
}

export function startDelayingRelay({
  packetMs,
  delaysMs: trace,
}: {
  packetMs: number;
  delaysMs: readonly number[];
}): DelayingRelay {
  /** The socket that stands for each end. */
  const sockets = new Map<End, Socket>();
  const ports = new Map<End, number>();
  const delaysMs: number[] = [];
  const waiting: { packet: number; bytes: Buffer; dueAtMs: number }[] = [];
  let timer: NodeJS.Timeout | undefined;
  let startsAtMs: number | undefined;
  let first: { sequence: number; atMs: number } | undefined;
  let isOver = false;

  /** To `to`, as if the other end had sent it. */
  function forward(bytes: Buffer, to: End): void {
    const port = ports.get(to);
    if (port !== undefined && !isOver)
      sockets.get(to === 'sender' ? 'receiver' : 'sender')?.send(bytes, port, LOOPBACK);
  }

  function forwardSpeech(bytes: Buffer): void {
    const nowMs = performance.now();
    startsAtMs ??= nowMs + WARM_UP_MS;
    if (nowMs < startsAtMs) return;
    const sequence = bytes.readUInt16BE(2);
    first ??= { sequence, atMs: nowMs };
    const packet = (sequence - first.sequence) & 0xffff;
    const dueAtMs = first.atMs + packet * packetMs + (trace[packet % trace.length] ?? 0);
    waiting.push({ packet, bytes, dueAtMs });
    timer ??= setTimeout(forwardDue, dueAtMs - nowMs);
  }

  function forwardDue(): void {
    timer = undefined;
    for (let next = waiting[0]; next && !isOver; next = waiting[0]) {
      const nowMs = performance.now();
      // Node's timers may be up to a ms early.
      if (next.dueAtMs > nowMs + 0.5) {
        timer = setTimeout(forwardDue, next.dueAtMs - nowMs);
        return;
      }
      waiting.shift();
      delaysMs[next.packet] = nowMs - (first?.atMs ?? 0) - next.packet * packetMs;
      forward(next.bytes, 'receiver');
    }
  }

  function stop(): void {
    isOver = true;
    clearTimeout(timer);
  }

  return {
    delaysMs,
    async portOf(end, itsPort) {
      ports.set(end, itsPort);
      const socket = createSocket('udp4');
      sockets.set(end, socket);
      // What arrives here is for this end.
      socket.on('message', (bytes) => {
        const [byte0 = 0, byte1 = 0] = bytes;
        if (end === 'receiver' && isRtpOrRtcp(byte0) && !isRtcp(byte1)) forwardSpeech(bytes);
        else forward(bytes, end);
      });
      socket.bind(0, LOOPBACK);
      await once(socket, 'listening');
      return socket.address().port;
    },
    stop,
    close() {
      stop();
      for (const socket of sockets.values()) socket.close();
    },
  };
}
