/** Devices without a token, all at one address, that take every place and stay. One at another address must still come in. */
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';

const DEVICES = 90;
const HERE = '127.0.9.20';
const ELSEWHERE = '127.0.9.21';
/** In a row. */
const MOST_REFUSALS = 5;
const LIMITS = 'connections=60,connectionsPerAddress=30';

const attack: Attack = {
  does: `${DEVICES} devices of one address that connect and stay; then one of another address`,
  judges: true,
  gateway: ['--open', '--limit', LIMITS],
  defence: { limits: ['connectionsPerAddress'] },
  async run(context) {
    const holding = together(context.scaled(DEVICES), async (number) => {
      for (let i = 0; i < 10_000 && !context.signal.aborted; i++) {
        const socket = await context.device({ name: `taker ${number}`, localAddress: HERE });
        context.count();
        if (socket) await Promise.race([new Promise((resolve) => socket.once('close', resolve)), context.over]);
        await context.pause(200);
      }
    });
    let refusals = 0;
    for (let i = 0; i < 10_000 && !context.signal.aborted; i++) {
      await context.pause(500);
      const socket = await context.device({ name: 'guest', localAddress: ELSEWHERE });
      if (context.signal.aborted) break;
      refusals = socket ? 0 : refusals + 1;
      socket?.terminate();
      if (refusals >= MOST_REFUSALS) context.breach('a device at another address is refused');
    }
    await holding;
  },
};

export default attack;
