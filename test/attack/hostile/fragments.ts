/** Messages in fragments that never end: of no bytes, and of one. */
import type { Attack } from '../attack.ts';
import { again, flood, together } from '../hostile-context.ts';

const attack: Attack = {
  does: 'messages in endless fragments of 0 and 1 byte',
  tokens: 1,
  defence: { limits: ['fragments'] },
  async run(context) {
    await together(2, (number) =>
      again(context, { token: number === 0 ? context.tokens[0] : undefined }, (socket) =>
        flood(context, socket, { atMost: 2_000_000 }, (i) =>
          socket.send(i % 64 === 0 ? 'x' : '', { fin: false, binary: number === 1 }),
        ),
      ),
    );
  },
};

export default attack;
