/**
 * A fragment of a message keeps the whole block in memory with which it was read. So clients that alternate one byte of
 * a message and a block of control frames hold far more memory than they send; at each server that memory is bounded.
 */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { inTime, once } from '../support/in-time.ts';
import { frame, handshake, OPCODES } from '../support/mutations.ts';
import { peakMemoryMb } from './http-fuzz.ts';
import { openServers, type ServerName, type Servers } from './servers.ts';

const CLIENTS = 12;
/** As many fragments as a message may have, and one read of control frames with each. */
const FRAGMENTS = 250;
const PONGS_BETWEEN = 500;
const MOST_GROWTH_MB = 100;

let all: Servers;
before(async () => {
  all = await openServers();
});
after(() => all.close());

for (const name of ['gateway', 'embedded cloud', 'inspector'] satisfies ServerName[]) {
  test(`the ${name}, with blocks of pongs between the bytes of a message`, async () => {
    const server = all.servers[name];
    const beforeMb = peakMemoryMb(server.pid);
    const certain = { next: () => 0.99, integer: (min: number) => min, pick: <T>(from: readonly T[]) => from[0] as T };
    const pongs = Array(PONGS_BETWEEN).fill(frame({ opcode: OPCODES.pong, payload: Buffer.alloc(125) }));
    const block = (opcode: number) =>
      Buffer.concat([frame({ isFinal: false, opcode, payload: Buffer.from('x') }), ...pongs]);
    const [first, next] = [block(OPCODES.text), block(OPCODES.continuation)];
    await Promise.all(
      Array.from({ length: CLIENTS }, async () => {
        const socket = server.connect();
        socket.on('error', () => {});
        socket.write(handshake(certain, server.socket));
        const [answer] = await once(socket, 'data');
        assert.match(String(answer), /^HTTP\/1\.1 101/);
        socket.resume();
        for (let i = 0; i < FRAGMENTS && !socket.destroyed; i++) {
          const isTaken = socket.write(i === 0 ? first : next);
          if (!isTaken) await drained(socket);
        }
        socket.destroy();
      }),
    );
    await server.answers();
    const growthMb = peakMemoryMb(server.pid) - beforeMb;
    assert.ok(growthMb < MOST_GROWTH_MB, `${growthMb} MB more`);
  });
}

/** Or closed. */
function drained(socket: Socket): Promise<void> {
  const read = new Promise<void>((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => resolve());
  });
  return inTime(read, 'the server reads');
}
