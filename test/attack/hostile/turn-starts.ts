/** Turns that are started and replaced at once, thousands per second. */
import { v7 as uuidv7 } from 'uuid';
import type { Attack } from '../attack.ts';
import { again, flood, sendJson } from '../hostile-context.ts';

const attack: Attack = {
  does: 'turn.start after turn.start, thousands per second',
  tokens: 1,
  defence: {
    limits: [
      ...(['controlMessages', 'turns', 'turnsPerAddress', 'tenantTurns'] as const),
      ...(['reconnects', 'deviceLogLines', 'logLines'] as const),
    ],
  },
  async run(context) {
    await again(context, { token: context.tokens[0] }, (socket) =>
      flood(context, socket, { atMost: 1_000_000 }, (i) => {
        sendJson(socket, { type: 'turn.start', turn: i + 1, id: uuidv7(), trigger: 'key', startedAt: Date.now() });
      }),
    );
  },
};

export default attack;
