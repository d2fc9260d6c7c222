/**
 * Requests that a proxy on the gateway's machine has forwarded from other machines, to a gateway that is open to its
 * own machine.
 */
import type { Attack } from '../attack.ts';

const HEADERS = [
  { 'x-forwarded-for': '203.0.113.7' },
  { forwarded: 'for=203.0.113.7' },
  { 'x-real-ip': '203.0.113.7' },
  { via: '1.1 proxy.example' },
];

const attack: Attack = {
  does: 'forwarded requests at a gateway that is open to its own machine',
  gateway: ['--open'],
  defence: {
    test: 'test/servers/open-gateway.test.ts',
    code: [
      {
        file: 'src/server/client.ts',
        from: '!isForwarded && isLoopback(address) && isLoopback(target.host)',
        to: 'isLoopback(address) && isLoopback(target.host)',
      },
    ],
  },
  async run(context) {
    for (let i = 0; i < 40 && !context.signal.aborted; i++) {
      const headers = HEADERS[i % HEADERS.length] ?? {};
      const socket = await context.device({ name: `forwarded ${i}`, headers });
      context.count();
      if (!socket) continue;
      socket.on('message', (data) => {
        if (String(data).includes('"welcome"')) context.breach(`accepted with ${Object.keys(headers)}`);
      });
      await context.pause(300);
      socket.terminate();
    }
  },
};

export default attack;
