/** Device metrics that a cloud refuses by their names, their values or their number. */
import type { Attack } from '../attack.ts';
import { again, sendJson, together } from '../hostile-context.ts';

const MANY = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`figure ${i}`, i]));
const REPORTS = [{ $bad: 1 }, { '': 1 }, { 'not ASCII: é': 1 }, { x: 1e308 }, { _system: 1 }, { 'a.b': 1 }, MANY];

const attack: Attack = {
  does: 'reports with keys, values and sizes that a cloud refuses',
  tokens: 2,
  defence: {
    test: 'test/protocol/control.test.ts',
    code: [
      {
        file: 'src/protocol/control.ts',
        from: "v.regex(FIGURE_NAME, 'the name of a figure is 1 to 64 of printable ASCII, not first $, _ or space'),",
        to: '',
      },
    ],
  },
  async run(context) {
    await together(2, (number) =>
      again(context, { token: context.tokens[number] }, async (socket) => {
        for (let i = 0; i < 100 && socket.readyState === socket.OPEN && !context.signal.aborted; i++) {
          sendJson(socket, { type: 'report', figures: context.random.pick(REPORTS) });
          context.count();
          await context.pause(20);
        }
      }),
    );
  },
};

export default attack;
