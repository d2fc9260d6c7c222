/** A signed-in page whose calls are sent one byte a second: each takes a place. Pages of others must still be answered. */
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';
import { beginCall, query } from '../hostile-page.ts';

const CALLS = 400;
const BODY_BYTES = 1_000;
const ELSEWHERE = '127.0.9.10';
/** In a row. */
const MOST_REFUSALS = 5;

const attack: Attack = {
  does: '400 calls of a signed-in page at the same time, sent slowly; then a page at another address',
  judges: true,
  defence: { limits: ['apiCallsPerAddress'] },
  async run(context) {
    const token = context.pageTokens[0];
    const holding = together(context.scaled(CALLS), async () => {
      for (let i = 0; i < 1_000 && !context.signal.aborted; i++) {
        const asked = beginCall(context, { path: '/api/query', token, headers: { 'content-length': BODY_BYTES } });
        const over = new Promise((resolve) => asked.on('close', resolve));
        asked.on('response', (response) => response.resume());
        asked.write('{');
        context.count();
        await Promise.race([over, context.over]);
        await context.pause(500);
      }
    });
    let refusals = 0;
    for (let i = 0; i < 10_000 && !context.signal.aborted; i++) {
      await context.pause(500);
      const status = await query(context, context.pageTokens[1] ?? '', ELSEWHERE);
      if (context.signal.aborted) break;
      refusals = status === 200 ? 0 : refusals + 1;
      if (refusals >= MOST_REFUSALS) context.breach(`a page at another address is refused: HTTP ${status}`);
    }
    await holding;
  },
};

export default attack;
