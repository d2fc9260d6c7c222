/**
 * A page of another origin, in a browser on the gateway's machine: WebSockets and requests with its Origin, or another
 * Host.
 */
import { WebSocket } from 'ws';
import type { Attack } from '../attack.ts';

const attack: Attack = {
  does: 'WebSockets and requests of a web page of another origin, and with a rebound host name (Host)',
  defence: {
    test: 'test/servers/local-pages.test.ts',
    code: [
      {
        file: 'src/gateway/device-streams.ts',
        from: 'return isForeign ?',
        to: 'return isForeign && isForeign !== isPage ?',
      },
      {
        file: 'src/cloud/server/origin-rule.ts',
        from: 'return headers.origin === undefined && isLoopback(target.host);',
        to: 'return headers !== undefined && target !== undefined;',
      },
    ],
  },
  async run(context) {
    const { gateway, cloud, localAddress } = context;
    const sync = new URL('/api/1.48.0/sync', cloud.replace('http', 'ws'));
    const stream = new URL('/v1/stream', gateway);
    const lies = [{ origin: 'http://page.example' }, { host: 'page.example' }, { origin: 'null' }];
    for (let i = 0; i < 300 && !context.signal.aborted; i++) {
      const headers = lies[i % lies.length] ?? {};
      for (const [name, url, protocols] of [
        ['the sync socket', sync, undefined],
        ['the gateway', stream, 'earshot.v1'],
      ] as const) {
        if (name === 'the gateway' && !('origin' in headers)) continue;
        const socket = new WebSocket(url, protocols, { headers, localAddress, handshakeTimeout: 3_000 });
        const isOpen = await new Promise<boolean>((resolve) => {
          socket.on('open', () => resolve(true));
          socket.on('error', () => resolve(false));
        });
        if (isOpen) context.breach(`a page of another origin opened ${name} (${JSON.stringify(headers)})`);
        socket.terminate();
        context.count();
      }
      await context.pause(50);
    }
  },
};

export default attack;
