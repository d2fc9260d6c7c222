/** Devices without a token, each under a name of its own: they hold pairing codes, come and go. */
import type { WebSocket } from 'ws';
import { connectDevice } from '../../support/wire-device.ts';
import type { Attack } from '../attack.ts';
import { type HostileContext, together } from '../hostile-context.ts';

/** When the others have taken what they get. */
const STRANGER_COMES_MS = 3_000;
const STRANGER_PATIENCE_MS = 15_000;
/** A place rests for a while (`pairingRestMs`). */
const LATE_PATIENCE_MS = 15_000;
const ELSEWHERE = '127.0.9.9';

const attack: Attack = {
  does: '140 names that hold pairing codes, and new names when they leave; then a code for somebody else',
  defence: { limits: ['pairings', 'pairingsPerAddress', 'pairingRestMs'] },
  async run(context) {
    const address = context.localAddress;
    const inPlace = context.pause(STRANGER_COMES_MS).then(async () => {
      if (context.signal.aborted || (await codeFor(context, 'stranger', ELSEWHERE, STRANGER_PATIENCE_MS))) return;
      context.breach('no pairing code for a device at another address');
    });
    await together(context.scaled(140), async (number) => {
      for (let attempt = 0; attempt < 50 && !context.signal.aborted; attempt++) {
        const socket = await context.device({ name: `guest ${address} ${number}.${attempt}` });
        context.count();
        if (socket) {
          // Most of them stay, the others come and go.
          await Promise.race([closed(socket), number % 4 === 0 ? context.pause(3_000) : context.over]);
          socket.terminate();
        }
        await context.pause(500);
      }
    });
    await inPlace;
    // All have left: what they held must be free soon.
    if (!(await codeFor(context, `late guest ${address}`, address, LATE_PATIENCE_MS))) {
      context.breach('no pairing code when all have left');
    }
  },
};

async function codeFor(
  context: HostileContext,
  name: string,
  localAddress: string,
  patienceMs: number,
): Promise<boolean> {
  const untilMs = performance.now() + patienceMs;
  while (performance.now() < untilMs) {
    const device = await connectDevice(context.gateway, { name, localAddress }).catch(() => undefined);
    const pending = await device?.heard('pair.pending').catch(() => undefined);
    device?.close();
    if (pending) return true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return false;
}

const closed = (socket: WebSocket) => new Promise<void>((resolve) => socket.on('close', () => resolve()));

export default attack;
