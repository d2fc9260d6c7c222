/** A signed-in page that sends messages to the cloud as fast as they are taken: each is a query that is answered. */
import { LIMITS } from '../../../src/core/limits/limits.ts';
import type { Attack } from '../attack.ts';
import { flood, together } from '../hostile-context.ts';
import { syncSocket } from '../hostile-page.ts';

const attack: Attack = {
  does: 'messages of a signed-in page to the cloud, without a pause',
  defence: { limits: ['apiMessages'] },
  async run(context) {
    await together(context.scaled(4), async () => {
      for (let i = 0; i < 1_000 && !context.signal.aborted; i++) {
        const socket = await syncSocket(context, context.pageTokens[0]);
        if (socket) {
          socket.on('error', () => {});
          let answers = 0;
          socket.on('message', () => {
            answers += 1;
            if (answers > 2 * LIMITS.apiMessages.value) context.breach('one page was answered without a limit');
          });
          await flood(context, socket, { atMost: 50_000 }, (n) => socket.send(querySet(n)));
          await Promise.race([context.pause(3_000), new Promise((resolve) => socket.on('close', resolve))]);
          socket.terminate();
        }
        await context.pause(500);
      }
    });
  },
};

function querySet(number: number): string {
  const query = { type: 'Add', queryId: number, udfPath: 'devices:list', args: [{}] };
  return JSON.stringify({
    ...{ type: 'ModifyQuerySet', baseVersion: number, newVersion: number + 1 },
    modifications: [query],
  });
}

export default attack;
