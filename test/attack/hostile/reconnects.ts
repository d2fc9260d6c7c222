/** Connections that are opened and closed as fast as possible, with one token, without one, and with invalid tokens. */
import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Attack } from '../attack.ts';
import { again, sendJson, together } from '../hostile-context.ts';

const attack: Attack = {
  does: 'connections opened and closed without a pause: with one token, without one, with guessed ones',
  tokens: 1,
  defence: {
    limits: ['handshakes', 'handshakesPerAddress', 'reconnects', 'wrongTokens', 'deviceLogLines', 'logLines'],
  },
  async run(context) {
    const tokenOf = (number: number) =>
      number % 3 === 0 ? context.tokens[0] : number % 3 === 1 ? undefined : randomBytes(32).toString('base64url');
    await together(context.scaled(90), (number) =>
      again(
        context,
        {
          get token() {
            return tokenOf(number);
          },
          name: `guest ${context.localAddress} ${number}`,
        },
        async (socket) => {
          sendJson(socket, { type: 'turn.start', turn: 1, id: uuidv7(), trigger: 'key', startedAt: Date.now() });
          context.count();
          await context.pause(context.random.integer(0, 20));
        },
        { pauseMs: 1, atMost: 100_000 },
      ),
    );
  },
};

export default attack;
