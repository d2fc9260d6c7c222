/**
 * Calls to the embedded cloud, by HTTP and by WebSocket, that send nearly all of the largest body, and never the rest.
 */
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';

const LARGEST_BYTES = 2 * 1_024 * 1_024;

const attack: Attack = {
  does: '200 calls to the embedded cloud that each keep all but one byte of 2 MB waiting',
  defence: { limits: ['cloudHandshakes', 'cloudUnprovenBytes', 'requestMs'] },
  async run(context) {
    const frame = Buffer.alloc(14);
    frame.set([0x81, 0xff]);
    frame.writeBigUInt64BE(BigInt(LARGEST_BYTES), 2);
    const head = `Host: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${LARGEST_BYTES}\r\n\r\n`;
    const half = Buffer.alloc(LARGEST_BYTES - 1, 0x20);
    await together(context.scaled(200), async (number) => {
      for (let i = 0; i < 100 && !context.signal.aborted; i++) {
        const socket = context.raw(context.cloud);
        const closed = new Promise((resolve) => socket.on('close', resolve));
        socket.on('end', () => socket.destroy());
        socket.resume();
        if (number % 2 === 0) socket.write(`POST /api/query HTTP/1.1\r\n${head}`);
        else {
          socket.write(UPGRADE);
          await context.pause(200);
          socket.write(frame);
        }
        socket.write(half);
        context.count();
        await Promise.race([closed, context.over]);
        await context.pause(300);
      }
    });
  },
};

const UPGRADE =
  'GET /api/1.48.0/sync HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

export default attack;
