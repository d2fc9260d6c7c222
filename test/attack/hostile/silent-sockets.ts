/** TCP connections that say nothing at all. */
import type { Attack } from '../attack.ts';

const attack: Attack = {
  does: '2,000 sockets at a time that say nothing, at the gateway and at the embedded cloud',
  defence: { limits: ['handshakes', 'handshakesPerAddress', 'requestMs', 'cloudHandshakes'] },
  async run(context) {
    const held = new Set<object>();
    for (let i = 0; i < context.scaled(20_000) && !context.signal.aborted; i++) {
      const socket = context.raw(i % 4 === 3 ? context.cloud : context.gateway);
      held.add(socket);
      socket.on('close', () => held.delete(socket));
      // What the server ends is ended here as well, and a new one takes its place.
      socket.on('end', () => socket.destroy());
      context.count();
      if (i % 50 === 49) await context.pause(20);
      while (held.size >= context.scaled(2_000) && !context.signal.aborted) await context.pause(50);
    }
    await context.over;
  },
};

export default attack;
