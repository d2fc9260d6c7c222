/** Devices without a token, each under a name of its own: they hold pairing codes, come and go. */
import type { WebSocket } from 'ws';
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';

const CODE_PATIENCE_MS = 8_000;

const attack: Attack = {
  does: '80 names that hold pairing codes, and new names when they leave; then a code for somebody else',
  defence: { limits: [] },
  async run(context) {
    const address = context.localAddress;
    await together(context.scaled(80), async (number) => {
      for (let attempt = 0; attempt < 50 && !context.signal.aborted; attempt++) {
        const socket = await context.device({ name: `guest ${address} ${number}.${attempt}` });
        context.count();
        if (socket) {
          await Promise.race([closed(socket), context.pause(3_000)]);
          socket.terminate();
        }
        await context.pause(500);
      }
    });
    // All have left: what they held must be free.
    if (!(await codeFor(context, `late guest ${address}`)))
      context.breach('no pairing code is left for an honest device');
  },
};

async function codeFor(context: Parameters<Attack['run']>[0], name: string): Promise<boolean> {
  const untilMs = performance.now() + CODE_PATIENCE_MS;
  while (performance.now() < untilMs) {
    const socket = await context.device({ name });
    if (socket) {
      const got = await new Promise<boolean>((resolve) => {
        socket.on('message', (data) => {
          if (String(data).includes('pair.pending')) resolve(true);
        });
        socket.on('close', () => resolve(false));
        setTimeout(() => resolve(false), 2_000);
      });
      socket.terminate();
      if (got) return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return false;
}

const closed = (socket: WebSocket) => new Promise<void>((resolve) => socket.on('close', () => resolve()));

export default attack;
