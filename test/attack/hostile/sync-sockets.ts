/** A signed-in page that opens as many sync sockets as it can. The page of another session must stay connected. */
import { LIMITS } from '../../../src/core/limits/limits.ts';
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';
import { syncSocket } from '../hostile-page.ts';

const ELSEWHERE = '127.0.9.11';
const SOCKETS = 3 * LIMITS.apiSockets.value;

const attack: Attack = {
  does: `${SOCKETS} sync sockets of one session at the console; meanwhile a page of another session`,
  judges: true,
  defence: { limits: ['apiSockets'] },
  async run(context) {
    const [token, other] = context.pageTokens;
    const honest = await syncSocket(context, other, ELSEWHERE);
    if (!honest && !context.signal.aborted) context.breach('a page cannot connect');
    honest?.on('close', (code) => {
      if (!context.signal.aborted) context.breach(`the page of another session was closed: ${code}`);
    });
    /** The cloud has answered. */
    let open = 0;
    await together(context.scaled(SOCKETS), async () => {
      for (let i = 0; i < 100 && !context.signal.aborted; i++) {
        const socket = await syncSocket(context, token);
        context.count();
        if (socket) {
          socket.on('error', () => {});
          const closed = new Promise((resolve) => socket.on('close', resolve));
          const answered = new Promise<'answered'>((resolve) => socket.once('message', () => resolve('answered')));
          if ((await Promise.race([closed, context.over, answered])) === 'answered') {
            open += 1;
            if (open > 2 * LIMITS.apiSockets.value)
              context.breach('one session holds more sockets than twice the limit');
            await Promise.race([closed, context.over]);
            open -= 1;
          }
          socket.terminate();
        }
        await context.pause(3_000);
      }
    });
  },
};

export default attack;
