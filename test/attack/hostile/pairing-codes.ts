/** Devices without a token, each under its own name: they hold pairing codes, disconnect and return. */
import type { WebSocket } from 'ws';
import { connectDevice } from '../../support/wire-device.ts';
import type { Attack } from '../attack.ts';
import { type HostileContext, together } from '../hostile-context.ts';

/** When the others have their codes. */
const STRANGER_COMES_MS = 3_000;
const STRANGER_PATIENCE_MS = 10_000;
/** Waiting connections of one address: far above the limit of an address, far below the total limit. */
const MOST_OF_ONE_ADDRESS = 20;
/** A place stays occupied for a while (`pairingRestMs`). */
const LATE_PATIENCE_MS = 15_000;
const ELSEWHERE = '127.0.9.9';

const attack: Attack = {
  does: '140 names that hold pairing codes, and new names when they disconnect; then a code for another device',
  judges: true,
  defence: { limits: ['pairingsPerAddress'] },
  async run(context) {
    const address = context.localAddress;
    let held = 0;
    const inPlace = context.pause(STRANGER_COMES_MS).then(async () => {
      if (context.signal.aborted) return;
      if (held > MOST_OF_ONE_ADDRESS) context.breach(`one address holds ${held} pairing codes`);
      const refusal = await refusalOf(context, 'stranger', ELSEWHERE, STRANGER_PATIENCE_MS);
      if (refusal !== undefined) context.breach(`no pairing code for a device at another address: ${refusal}`);
    });
    await together(context.scaled(140), async (number) => {
      for (let attempt = 0; attempt < 50 && !context.signal.aborted; attempt++) {
        const socket = await context.device({ name: `guest ${address} ${number}.${attempt}` });
        context.count();
        if (socket) {
          held += 1;
          void closed(socket).then(() => (held -= 1));
          // Most of them stay, the others disconnect and return.
          await Promise.race([closed(socket), number % 20 === 0 ? context.pause(3_000) : context.over]);
          socket.terminate();
        }
        await context.pause(2_000);
      }
    });
    await inPlace;
    // All have disconnected: their places must be free soon.
    const refusal = await refusalOf(context, `late guest ${address}`, address, LATE_PATIENCE_MS);
    if (refusal !== undefined) context.breach(`no pairing code after all have disconnected: ${refusal}`);
  },
};

/** Undefined: it got a code; otherwise the last reason. */
async function refusalOf(
  context: HostileContext,
  name: string,
  localAddress: string,
  patienceMs: number,
): Promise<string | undefined> {
  const untilMs = performance.now() + patienceMs;
  let refusal = '';
  do {
    try {
      const device = await connectDevice(context.gateway, { name, localAddress });
      await device.waitFor('pair.pending').finally(device.close);
      return undefined;
    } catch (error) {
      refusal = error instanceof Error ? error.message : String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  } while (performance.now() < untilMs);
  return refusal;
}

const closed = (socket: WebSocket) => new Promise<void>((resolve) => socket.on('close', () => resolve()));

export default attack;
