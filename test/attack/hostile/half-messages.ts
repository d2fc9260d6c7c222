/** WebSockets that send nearly all of the largest message, and never the rest. */
import type { Socket } from 'node:net';
import type { Attack } from '../attack.ts';
import { again, together } from '../hostile-context.ts';

const LARGEST_BYTES = 65_536;

const attack: Attack = {
  does: '2,000 WebSockets that each keep all but one byte of a message of 64 KB waiting',
  defence: { limits: ['handshakes', 'handshakesPerAddress', 'helloMs'] },
  async run(context) {
    // Masked with zeros (RFC 6455 §5.2).
    const header = Buffer.alloc(14);
    header.set([0x82, 0xff]);
    header.writeBigUInt64BE(BigInt(LARGEST_BYTES), 2);
    const half = Buffer.concat([header, Buffer.alloc(LARGEST_BYTES - 1)]);
    await together(context.scaled(2_000), () =>
      again(
        context,
        { hello: false },
        async (socket) => {
          const { _socket: tcp } = socket as unknown as { _socket: Socket };
          tcp.write(half);
          context.count();
          const closed = new Promise((resolve) => socket.on('close', resolve));
          await Promise.race([closed, context.over]);
        },
        { pauseMs: 500 },
      ),
    );
  },
};

export default attack;
