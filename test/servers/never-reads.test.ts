/**
 * Clients that send and never read, at each server that answers: they use bounded memory, and no other client waits.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { once } from '../support/in-time.ts';
import { frame, OPCODES, properHandshake } from '../support/mutations.ts';
import { peakMemoryMb } from './http-fuzz.ts';
import { openServers, type ServerName, type Servers } from './servers.ts';

const CLIENTS = 5;
/** What each of them tries to send: far more than the buffers of the operating system accept. */
const BYTES_EACH = 10_000_000;
const MOST_GROWTH_MB = 100;

let all: Servers;
before(async () => {
  all = await openServers();
});
after(() => all.close());

const FLOODS: [ServerName, message: string][] = [
  ['gateway', '{"type":"ping","t0":1}'],
  ['embedded cloud', '{"type":"Mutation","requestId":1,"udfPath":"pairing:request","args":[{"request":"x"}]}'],
  ['embedded cloud', '{"type":"ModifyQuerySet","newVersion":1,"modifications":[]}'],
  ['inspector', '{"k":"keep"}'],
];

for (const [name, message] of FLOODS) {
  test(`the ${name}, flooded with ${message.slice(0, 40)} by clients that do not read`, async (t) => {
    const server = all.servers[name];
    const beforeMb = peakMemoryMb(server.pid);
    const text = Buffer.from(message);
    const chunk = Buffer.concat(Array.from({ length: 1_000 }, () => frame({ opcode: OPCODES.text, payload: text })));
    const sockets = await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        const socket = server.connect();
        socket.on('error', () => {});
        socket.write(properHandshake(server.socket));
        const [answer] = await once(socket, 'data');
        assert.match(String(answer), /^HTTP\/1\.1 101/);
        socket.pause();
        if (server.greeting) socket.write(frame({ opcode: OPCODES.text, payload: Buffer.from(server.greeting()) }));
        return socket;
      }),
    );
    for (const socket of sockets) {
      let sent = 0;
      const fill = () => {
        while (sent < BYTES_EACH && !socket.destroyed) {
          sent += chunk.length;
          if (!socket.write(chunk)) return;
        }
      };
      socket.on('drain', fill);
      fill();
    }
    for (let i = 0; i < 10; i++) await server.answers();
    const growthMb = peakMemoryMb(server.pid) - beforeMb;
    for (const socket of sockets) socket.destroy();
    t.diagnostic(`${growthMb.toFixed(0)} MB more`);
    assert.ok(growthMb < MOST_GROWTH_MB, `${growthMb} MB more`);
  });
}
