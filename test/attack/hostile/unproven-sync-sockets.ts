/** Sync sockets to the cloud through the gateway, without a token: with large messages that wait for one, and silent ones. */
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';
import { syncSocket } from '../hostile-page.ts';

/** Nearly the largest message, and as many as wait for a token. */
const MESSAGE_BYTES = 2_000_000;
const MESSAGES = 15;

const attack: Attack = {
  does: '1,500 sync sockets of a page that is not signed in, some with 30 MB that wait for a token',
  defence: { limits: ['handshakes', 'handshakesPerAddress', 'helloMs', 'cloudUnprovenBytes'] },
  async run(context) {
    const message = JSON.stringify({ type: 'Event', text: 'x'.repeat(MESSAGE_BYTES) });
    await together(context.scaled(1_500), async (number) => {
      for (let i = 0; i < 200 && !context.signal.aborted; i++) {
        const socket = await syncSocket(context);
        context.count();
        if (socket) {
          const closed = new Promise((resolve) => socket.on('close', resolve));
          socket.on('error', () => {});
          if (number % 50 === 0) for (let n = 0; n < MESSAGES; n++) socket.send(message);
          await Promise.race([closed, context.over]);
          socket.terminate();
        }
        await context.pause(300);
      }
    });
  },
};

export default attack;
