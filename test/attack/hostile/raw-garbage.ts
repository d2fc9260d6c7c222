/** Nearly valid HTTP, and random bytes. */
import type { Attack } from '../attack.ts';

const SEEDS = [
  'GET /health HTTP/1.1\r\nHost: x\r\n\r\n',
  'POST /api/query HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  'POST /api/mutation HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"pat\r\n0\r\n\r\n',
  'GET /v1/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: earshot.v1\r\n\r\n\x81\x05hello',
  'GET /api/1.48.0/sync HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x02{}',
];

const attack: Attack = {
  does: 'mutated HTTP requests and upgrades at both ports',
  defence: {
    test: 'test/servers/http-fuzz.test.ts',
    code: [
      {
        file: 'src/server/front-door.ts',
        from: 'const target = parseTarget(request);',
        to: "const target = new URL('http://' + request.headers.host) && parseTarget(request);",
      },
    ],
  },
  async run(context) {
    const { gateway, cloud, random } = context;
    for (let i = 0; i < context.scaled(8_000) && !context.signal.aborted; i++) {
      const bytes = Buffer.from(random.pick(SEEDS), 'latin1');
      for (let m = random.integer(1, 6); m > 0; m--)
        bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
      const part = random.next() < 0.3 ? bytes.subarray(0, random.integer(1, bytes.length)) : bytes;
      const socket = context.raw(random.pick([gateway, cloud]));
      socket.resume();
      socket.end(part);
      context.count();
      if (i % 10 === 9) await context.pause(20);
    }
  },
};

export default attack;
