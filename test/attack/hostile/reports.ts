/** Device metrics without end, and with names that a cloud refuses. */
import type { Attack } from '../attack.ts';
import { again, flood, sendJson, together } from '../hostile-context.ts';

const attack: Attack = {
  does: 'reports without end, some with keys that a cloud refuses, some as large as a message may be',
  tokens: 2,
  defence: {
    limits: [
      'controlMessages',
      'reconnects',
      'queueRecords',
      'deviceQueueRecords',
      'deadLetterRecords',
      'deadLetterBytes',
    ],
  },
  async run(context) {
    const large = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`figure ${i}`, i]));
    await together(2, (number) =>
      again(context, { token: context.tokens[number] }, (socket) =>
        flood(context, socket, { atMost: 1_000_000 }, (i) => {
          const figures =
            i % 1_000 === 0 ? large : i % 3 === 0 ? { $bad: i } : i % 3 === 1 ? { '': 1e308 } : { cpuPercent: i };
          sendJson(socket, { type: 'report', figures });
        }),
      ),
    );
  },
};

export default attack;
