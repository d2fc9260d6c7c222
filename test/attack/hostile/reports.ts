/** Endless device metrics: each is a record that waits for the cloud. */
import type { Attack } from '../attack.ts';
import { again, flood, sendJson, together } from '../hostile-context.ts';

const attack: Attack = {
  does: 'endless reports',
  tokens: 2,
  defence: {
    limits: [
      'controlMessages',
      'reconnects',
      'reports',
      'queueRecords',
      'deviceQueueRecords',
      'queueBytes',
      'deviceQueueBytes',
    ],
  },
  async run(context) {
    await together(2, (number) =>
      again(context, { token: context.tokens[number] }, (socket) =>
        flood(context, socket, { atMost: 1_000_000 }, (i) => {
          sendJson(socket, { type: 'report', figures: { cpuPercent: i } });
        }),
      ),
    );
  },
};

export default attack;
