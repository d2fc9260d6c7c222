/** Names, models and reasons with control characters for terminals, or with forged log lines. */
import { v7 as uuidv7 } from 'uuid';
import { helloOf } from '../../support/wire-device.ts';
import type { Attack } from '../attack.ts';
import { again, FORGED, sendJson, together } from '../hostile-context.ts';

const NASTY = ['\n', '\r', '\u001b[2J', '\u0007', '\u009b31m', '\u2028', '\u202e', '\0', '\u007f'];

const attack: Attack = {
  does: 'newlines, ESC and other control characters in names, models and reasons, with and without pairing',
  tokens: 1,
  defence: {
    test: 'test/terminal/control-characters.test.ts',
    code: [
      {
        file: 'src/core/log/printable.ts',
        from: 'return text.replace(CONTROLS, (control) => SHORT[control] ?? unicodeEscape(control));',
        to: 'return text;',
      },
    ],
  },
  async run(context) {
    await together(2, (number) =>
      again(context, { token: number === 0 ? context.tokens[0] : undefined, hello: false }, async (socket) => {
        const nasty = context.random.pick(NASTY);
        const text = `a${nasty}${FORGED}${nasty}b`;
        // Half of them use a name that is taken, so that their later messages are processed further.
        const name = context.random.next() < 0.5 ? text : 'plain';
        sendJson(socket, { ...helloOf(name), device: { name, model: text, software: text } });
        sendJson(socket, { type: text });
        sendJson(socket, { type: 'turn.start', turn: 1, id: uuidv7(), trigger: text, startedAt: 1 });
        sendJson(socket, { type: 'report', figures: { [text]: 1 } });
        sendJson(socket, { type: 'bye', reason: text });
        context.count(5);
        await context.pause(300);
        socket.close(1_000, text);
        await context.pause(100);
      }),
    );
  },
};

export default attack;
