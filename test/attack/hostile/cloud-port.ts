/** The embedded cloud's port: large bodies, invalid messages, an endless number of subscriptions. */
import { WebSocket } from 'ws';
import type { Attack } from '../attack.ts';
import { flood, together } from '../hostile-context.ts';

const attack: Attack = {
  does: 'bodies of 16 MB, invalid messages and endless subscriptions at the embedded cloud',
  defence: { limits: ['cloudCallBytes', 'cloudUnprovenBytes', 'cloudMessages', 'cloudFailures', 'cloudQueries'] },
  async run(context) {
    const { cloud, localAddress } = context;
    const body = `{"path":"turns:list","args":{"x":"${'x'.repeat(context.scaled(15_000_000))}"}}`;
    const url = new URL('/api/1.48.0/sync', cloud.replace('http', 'ws'));
    const post = async () => {
      for (let i = 0; i < 200 && !context.signal.aborted; i++) {
        const options = { method: 'POST', body, signal: AbortSignal.timeout(10_000) };
        await fetch(`${cloud}/api/query`, options)
          .then((response) => response.arrayBuffer())
          .catch(() => undefined);
        context.count();
        await context.pause(200);
      }
    };
    const sync = async () => {
      for (let i = 0; i < 500 && !context.signal.aborted; i++) {
        const socket = new WebSocket(url, { localAddress, handshakeTimeout: 3_000 });
        const isOpen = await new Promise<boolean>((resolve) => {
          socket.on('open', () => resolve(true));
          socket.on('error', () => resolve(false));
        });
        if (isOpen) {
          socket.pause();
          await flood(context, socket, { atMost: 20_000 }, (n) => socket.send(messages(n)));
        }
        socket.terminate();
        await context.pause(100);
      }
    };
    await together(16, (number) => (number < 12 ? post() : sync()));
  },
};

function messages(number: number): string {
  const query = {
    type: 'Add',
    queryId: number,
    udfPath: 'turns:list',
    args: [{ limit: 200 }],
  };
  const texts = [
    'not JSON',
    'null',
    '[]',
    '{"type":"ModifyQuerySet","modifications":7}',
    JSON.stringify({ type: 'ModifyQuerySet', baseVersion: number, newVersion: number + 1, modifications: [query] }),
    JSON.stringify({
      type: 'Mutation',
      requestId: number,
      udfPath: 'devices:revoke',
      args: [{ device: 'y' }],
    }),
  ];
  return texts[number % texts.length] ?? '';
}

export default attack;
