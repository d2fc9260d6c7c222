/** Connections to the embedded cloud that send nothing, or send requests without a key. */
import type { Attack } from '../attack.ts';

const attack: Attack = {
  does: '2,000 sockets at a time at the embedded cloud, half of them WebSockets without a key',
  defence: { limits: ['cloudHandshakes', 'requestMs'] },
  async run(context) {
    const held = new Set<object>();
    for (let i = 0; i < context.scaled(20_000) && !context.signal.aborted; i++) {
      const socket = context.raw(context.cloud);
      if (i % 2 === 0) socket.write(UPGRADE);
      socket.resume();
      held.add(socket);
      socket.on('close', () => held.delete(socket));
      // A socket that the server has closed is closed here too, and replaced by a new one.
      socket.on('end', () => socket.destroy());
      context.count();
      if (i % 50 === 49) await context.pause(20);
      while (held.size >= context.scaled(2_000) && !context.signal.aborted) await context.pause(50);
    }
    await context.over;
  },
};

const UPGRADE =
  'GET /api/1.48.0/sync HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

export default attack;
