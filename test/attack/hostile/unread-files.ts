/** A page that asks for recordings and reads nothing of them: each holds a place. A page at the same address must get one again. */
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';
import { query } from '../hostile-page.ts';

const CONNECTIONS = 12;
/** One after the other in one connection. The first fits into the buffers of the system, the others wait. */
const FILES_EACH = 4;
const CALL_MS = 2_000;
const PATIENCE_MS = 15_000;

const attack: Attack = {
  does: '48 recordings that are asked for and not read; then a page at the same address',
  judges: true,
  // The embedded cloud itself drops such a reader after `requestMs`; another deployment may not.
  gateway: ['--limit', `apiCallMs=${CALL_MS},requestMs=off`],
  defence: { limits: ['apiCallMs'] },
  async run(context) {
    const { signal, pageTokens } = context;
    const request = `GET ${context.filePath} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;
    await together(context.scaled(CONNECTIONS), async () => {
      // Nothing reads it.
      context.raw().write(request.repeat(FILES_EACH));
      context.count(FILES_EACH);
    });
    await context.pause(CALL_MS);
    const untilMs = performance.now() + PATIENCE_MS;
    let status: number | undefined;
    do {
      await context.pause(500);
      status = await query(context, pageTokens[1] ?? '');
    } while (status !== 200 && performance.now() < untilMs && !signal.aborted);
    if (status !== 200 && !signal.aborted) context.breach(`all places of an address stay taken: HTTP ${status}`);
  },
};

export default attack;
