/** Messages above the size limit, or headers that announce such a size. */
import { randomBytes } from 'node:crypto';
import type { Attack } from '../attack.ts';
import { again, together } from '../hostile-context.ts';

const attack: Attack = {
  does: 'messages of 16 MB, and headers that announce 2⁶² bytes',
  tokens: 1,
  defence: {
    test: 'test/protocol/limits.test.ts',
    code: [{ file: 'src/gateway/device-streams.ts', from: 'maxPayload: MAX_MESSAGE_BYTES,', to: 'maxPayload: 0,' }],
  },
  async run(context) {
    const large = randomBytes(16 * 1_024 * 1_024);
    await together(12, (number) =>
      again(
        context,
        // Also before any hello, so that they do not displace each other.
        { token: number % 2 === 0 ? context.tokens[0] : undefined, name: `large ${number}`, hello: number < 2 },
        async (socket) => {
          if (number < 10) socket.send(large);
          else {
            const header = Buffer.alloc(14);
            header[0] = 0x82;
            header[1] = 0xff;
            header.writeBigUInt64BE(2n ** 62n, 2);
            const { _socket: tcp } = socket as unknown as { _socket: import('node:net').Socket };
            tcp.write(header);
            tcp.write(large.subarray(0, 1_000_000));
          }
          context.count();
          await context.pause(500);
        },
        { pauseMs: 200 },
      ),
    );
  },
};

export default attack;
