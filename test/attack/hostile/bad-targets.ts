/** Requests and upgrades whose target no URL parser accepts, at both ports. */
import type { Attack } from '../attack.ts';

const TARGETS = ['//[', 'http://[', 'http://x:99999/', '//', '///', '*', '/%', '/%ff%', 'http://', '//\\', '?', 'x'];

const attack: Attack = {
  does: 'invalid request targets, with and without an upgrade and an Origin',
  defence: {
    test: 'test/servers/request-target.test.ts',
    code: [
      {
        file: 'src/server/front-door.ts',
        from: 'const target = parseTarget(request);',
        to: "const target = new URL(request.url ?? '', 'http://gateway') && parseTarget(request);",
      },
    ],
  },
  async run(context) {
    const { gateway, cloud } = context;
    for (let i = 0; i < context.scaled(6_000) && !context.signal.aborted; i++) {
      const target = context.random.pick(TARGETS);
      const upgrade = context.random.next() < 0.7 ? UPGRADE : '';
      const origin = context.random.next() < 0.5 ? 'Origin: http://page.example\r\n' : '';
      const socket = context.raw(context.random.pick([gateway, cloud]));
      socket.resume();
      socket.end(`GET ${target} HTTP/1.1\r\nHost: x\r\n${origin}${upgrade}\r\n`);
      context.count();
      if (i % 10 === 9) await context.pause(20);
    }
  },
};

const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: earshot.v1\r\n';

export default attack;
