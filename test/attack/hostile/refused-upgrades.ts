/** Upgrades that are refused, by clients that never close their end. */
import type { Attack } from '../attack.ts';

const REQUEST =
  'GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: earshot.v1\r\n\r\n';

const attack: Attack = {
  does: 'up to 3,000 refused upgrades whose client never closes',
  defence: { limits: ['handshakes', 'handshakesPerAddress', 'closeMs'] },
  async run(context) {
    for (let i = 0; i < context.scaled(3_000) && !context.signal.aborted; i++) {
      // Half-open, and nothing is read: the refusal stays in the buffers.
      context.raw().write(REQUEST);
      context.count();
      if (i % 50 === 49) await context.pause(20);
    }
    await context.over;
  },
};

export default attack;
