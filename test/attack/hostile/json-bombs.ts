/** Control messages that are expensive to parse: deep, wide, with names of object properties. */
import type { Attack } from '../attack.ts';
import { again, flood, together } from '../hostile-context.ts';

const DEPTH = 30_000;
const MESSAGES = [
  `{"type":"report","figures":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}}`,
  `{"type":"report","figures":{${Array.from({ length: 4_000 }, (_, i) => `"${i}":${i}`).join()}}}`,
  '{"type":"report","figures":{"__proto__":1,"constructor":1,"toString":1}}',
  '{"type":"__proto__"}',
  '{"type":"constructor","figures":{}}',
  '{"__proto__":{"type":"ping"},"t0":1}',
  `{"type":"${'x'.repeat(60_000)}"}`,
  `{"type":"ping","t0":${'9'.repeat(60_000)}}`,
];

const attack: Attack = {
  does: 'JSON of 30,000 levels, thousands of fields, names of Object’s own properties, numbers of 60,000 digits',
  tokens: 3,
  defence: {
    limits: ['controlMessages', 'reconnects'],
    code: [
      {
        file: 'actors/network/message-socket.ts',
        from: 'export const MAX_FAULTS = 5;',
        to: 'export const MAX_FAULTS = Number.POSITIVE_INFINITY;',
      },
    ],
    test: 'test/protocol/faults.test.ts',
  },
  async run(context) {
    await together(3, (number) =>
      again(context, { token: context.tokens[number] }, (socket) =>
        flood(context, socket, { atMost: 100_000 }, () => socket.send(context.random.pick(MESSAGES))),
      ),
    );
  },
};

export default attack;
