/** WebSockets that are opened and send nothing, or only pings of WebSocket. */
import type { Attack } from '../attack.ts';
import { again, together } from '../hostile-context.ts';

const attack: Attack = {
  does: '1,500 WebSockets without a hello, half of them with WebSocket pings',
  defence: { limits: ['handshakes', 'handshakesPerAddress', 'helloMs', 'pairings', 'pairingsPerAddress'] },
  async run(context) {
    await together(context.scaled(1_500), (number) =>
      again(
        context,
        { hello: false },
        async (socket) => {
          context.count();
          const isOpen = () => socket.readyState === socket.OPEN;
          while (isOpen() && !context.signal.aborted) {
            await context.pause(1_000);
            if (number % 2 === 0 && isOpen()) socket.ping();
          }
        },
        { pauseMs: 500 },
      ),
    );
  },
};

export default attack;
