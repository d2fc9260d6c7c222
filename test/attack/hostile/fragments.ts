/**
 * Messages in fragments that never end. A fragment keeps the memory that it was received in, so few bytes can hold much: between two
 * fragments of one byte come as many pongs as the receiver reads at once.
 */
import type { WebSocket } from 'ws';
import type { Attack } from '../attack.ts';
import { again, flood, together } from '../hostile-context.ts';

const PONG = Buffer.alloc(125, 'x');
const PONGS_BETWEEN = 500;

const attack: Attack = {
  does: 'messages in endless fragments of 0 and 1 byte, and of 1 byte with 64 KB of pongs between',
  tokens: 1,
  defence: { limits: ['fragments', 'controlMessages'] },
  async run(context) {
    const plain = (socket: WebSocket) => (i: number) => socket.send(i % 64 === 0 ? 'x' : '', { fin: false });
    const pinning = (socket: WebSocket) => (i: number) => {
      if (i % PONGS_BETWEEN === 0) socket.send('x', { fin: false });
      else socket.pong(PONG);
    };
    await together(8, (number) =>
      again(
        context,
        { token: number === 0 ? context.tokens[0] : undefined, name: `fragments ${context.localAddress} ${number}` },
        (socket) => flood(context, socket, { atMost: 2_000_000 }, (number < 6 ? pinning : plain)(socket)),
      ),
    );
  },
};

export default attack;
