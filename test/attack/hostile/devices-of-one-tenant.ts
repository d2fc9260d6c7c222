/** Devices of one tenant from many addresses: they get no more places than their tenant has. */
import type { Attack } from '../attack.ts';
import { together } from '../hostile-context.ts';

const DEVICES = 80;
/** Enough for the honest devices beside. */
const QUOTA = 40;

const attack: Attack = {
  does: `${DEVICES} devices of one tenant, each at an address of its own; they count how many are welcomed`,
  gateway: ['--open', '--limit', `tenantConnections=${QUOTA}`],
  defence: { limits: ['tenantConnections'] },
  async run(context) {
    let welcomed = 0;
    // Honest devices are there first: the attack begins when they are connected.
    await context.pause(3_000);
    await together(context.scaled(DEVICES), async (number) => {
      for (let i = 0; i < 10_000 && !context.signal.aborted; i++) {
        const socket = await context.device({ name: `tenant ${number}`, localAddress: `127.0.9.${100 + number}` });
        context.count();
        if (socket) {
          const ended = new Promise((resolve) => socket.once('close', resolve));
          let isIn = false;
          socket.on('message', (data) => {
            if (isIn || !String(data).includes('"welcome"')) return;
            isIn = true;
            welcomed += 1;
            if (welcomed > QUOTA) context.breach(`${QUOTA} devices may connect, and more are`);
          });
          await Promise.race([ended, context.over]);
          if (isIn) welcomed -= 1;
        }
        // Less often than a device may connect.
        await context.pause(5_000);
      }
    });
  },
};

export default attack;
