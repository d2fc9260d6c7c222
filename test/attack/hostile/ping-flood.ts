/** Pings, of the protocol and of WebSocket, by clients that never read the answers. */
import type { Attack } from '../attack.ts';
import { again, flood, sendJson, together } from '../hostile-context.ts';

const attack: Attack = {
  does: 'endless pings, by clients that never read',
  tokens: 1,
  defence: { limits: ['unreadBytes', 'controlMessages'] },
  async run(context) {
    await together(2, (number) =>
      again(
        context,
        { token: number === 0 ? context.tokens[0] : undefined, name: `pinger ${context.localAddress}` },
        async (socket) => {
          socket.pause();
          await flood(context, socket, { atMost: 5_000_000 }, (i) => {
            if (number === 0) sendJson(socket, { type: 'ping', t0: i });
            else socket.ping(PAYLOAD);
          });
        },
      ),
    );
  },
};

const PAYLOAD = Buffer.alloc(125, 'x');

export default attack;
