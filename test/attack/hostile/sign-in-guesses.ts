/** Guesses of links and sessions of the console, as fast as they are answered. */
import { randomBytes } from 'node:crypto';
import { LIMITS } from '../../../src/core/limits/limits.ts';
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';
import { call } from '../hostile-page.ts';

const GUESSES = 20_000;
const AT_ONCE = 10;
const MINUTE_MS = 60_000;
const SECRET_BYTES = 32;

const attack: Attack = {
  does: 'guesses links and sessions of the console, repeatedly',
  defence: { limits: ['wrongSignIns'] },
  async run(context) {
    const begunMs = performance.now();
    let checked = 0;
    await together(AT_ONCE, async (number) => {
      for (let i = 0; i < GUESSES / AT_ONCE && !context.signal.aborted; i += 1) {
        const guess = randomBytes(SECRET_BYTES).toString('base64url');
        const status = await (number % 2 === 0
          ? call(context, { path: '/console/sign-in', body: JSON.stringify({ link: guess }) })
          : call(context, { path: '/console/token', token: guess, body: '{}' }));
        context.count();
        if (status === 200) context.breach('a guess signed it in');
        if (status === 401) checked += 1;
        else await context.pause(100);
        // All that are begun at the same time may find an allowance that is not used up.
        const allowed = LIMITS.wrongSignIns.value * (1 + (performance.now() - begunMs) / MINUTE_MS) + AT_ONCE;
        if (checked > 2 * allowed) context.breach('more guesses of one address were checked than twice the limit');
      }
    });
  },
};

export default attack;
