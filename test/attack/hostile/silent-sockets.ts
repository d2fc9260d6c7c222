/** TCP connections that send nothing. */
import type { Attack } from '../attack.ts';

const attack: Attack = {
  does: '2,000 sockets at a time that send nothing',
  defence: { limits: ['handshakes', 'handshakesPerAddress', 'requestMs'] },
  async run(context) {
    const held = new Set<object>();
    for (let i = 0; i < context.scaled(20_000) && !context.signal.aborted; i++) {
      const socket = context.raw();
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

export default attack;
