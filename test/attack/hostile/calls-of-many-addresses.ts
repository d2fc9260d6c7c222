/** Signed-in pages at many addresses whose calls are never sent completely. */
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';
import { beginCall } from '../hostile-page.ts';

const ADDRESSES = 60;
const CALLS_EACH = 30;
const BODY_BYTES = 1_000;

const attack: Attack = {
  does: '1,800 calls of signed-in pages at 60 addresses, at the same time, sent slowly',
  // They take all places: pages of others wait meanwhile.
  gateway: [],
  defence: { limits: ['apiCalls'] },
  async run(context) {
    const token = context.pageTokens[0];
    await together(context.scaled(ADDRESSES) * CALLS_EACH, async (number) => {
      const localAddress = `127.0.7.${1 + (number % ADDRESSES)}`;
      const headers = { 'content-length': BODY_BYTES };
      for (let i = 0; i < 1_000 && !context.signal.aborted; i++) {
        const asked = beginCall(context, { path: '/api/query', token, headers, localAddress });
        const over = new Promise((resolve) => asked.on('close', resolve));
        asked.on('response', (response) => response.resume());
        asked.write('{');
        context.count();
        await Promise.race([over, context.over]);
        await context.pause(1_000);
      }
    });
  },
};

export default attack;
