/**
 * Messages in endless fragments. A fragment keeps the block in memory with which it was received, so a few bytes can
 * hold much memory: between two fragments of one byte there are as many pongs as the receiver reads at once.
 */
import type { Socket } from 'node:net';
import type { Attack } from '../attack.ts';
import { again, flood, together } from '../hostile-context.ts';

/** The size of one read in Node. */
const READ_BYTES = 65_536;

const attack: Attack = {
  does: 'messages in endless fragments of 0 and 1 byte, and of 1 byte with 64 KB of pongs between',
  tokens: 1,
  defence: { limits: ['fragments', 'controlMessages'] },
  async run(context) {
    const token = context.tokens[0];
    await together(24, (number) =>
      again(context, { token: number === 0 ? token : undefined, hello: number < 4 }, async (socket) => {
        if (number < 4) {
          return flood(context, socket, { atMost: 2_000_000 }, (i) =>
            socket.send(i % 64 === 0 ? 'x' : '', { fin: false }),
          );
        }
        const { _socket: tcp } = socket as unknown as { _socket: Socket };
        await flood(context, socket, { atMost: 200_000 }, (i) => {
          if (i % 250 === 0) tcp.write(i === 0 ? FIRST : NEXT);
        });
      }),
    );
  },
};

/** A fragment of one byte (RFC 6455 §5.2), masked with zeros, and pongs of 125 bytes up to the size of one read. */
function pinning(opcode: number): Buffer {
  const pong = Buffer.alloc(131);
  pong.set([0x8a, 0x80 | 125]);
  const fragment = Buffer.from([opcode, 0x81, 0, 0, 0, 0, 0x78]);
  return Buffer.concat([
    fragment,
    ...Array<Buffer>(Math.floor((READ_BYTES - fragment.length) / pong.length)).fill(pong),
  ]);
}

const FIRST = pinning(0x02);
const NEXT = pinning(0x00);

export default attack;
