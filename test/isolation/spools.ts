/**
 * Two devices that send a turn at full speed, larger than the memory limit: it goes to a file, and so does the reply.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parrot } from '../../actors/responder/parrot.ts';
import { openSpoolFolder } from '../../actors/session/spool-folder.ts';
import type { Log } from '../../src/core/log/log.ts';
import { createSessions } from '../../src/gateway/sessions.ts';
import { arrivals, connect, type End } from '../protocol/virtual-gateway.ts';
import { FINAL, hello, packet, turnStart } from '../support/client.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { eventually, type Scenario } from './scenario.ts';

const PACKETS = 60;
const FRAME = Array.from({ length: 200 }, (_, i) => i);
/** The limit is two packets, so that a turn waits for its disk at once. */
const MEMORY_BYTES = 1_000;

function talk(end: End, turn: number): void {
  const speech = Array.from({ length: PACKETS }, (_, i) => {
    const flags = i === PACKETS - 1 ? FINAL : 0;
    return packet({ turn, sequence: 2 * i, flags, frames: [FRAME, FRAME] });
  });
  end.say(turnStart(turn), ...speech);
}

const PING_INTERVAL_MS = 5_000;

const isDone = (end: End, turn: number) => arrivals(end, 'turn.done').some(({ message }) => message.turn === turn);
const hasFailed = (end: End, turn: number) => arrivals(end, 'error').some(({ message }) => message.turn === turn);

async function run(log: Log): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-spools-'));
  const clock: VirtualClock = createVirtualClock();
  let ids = 0;
  const sessions = createSessions({
    responder: parrot,
    recorder: { has: () => false, record: async () => {} },
    spools: openSpoolFolder({ folder, memoryBytes: MEMORY_BYTES, log }),
    clock,
    log,
    newId: () => `session ${++ids}`,
  });
  const [first, second] = ['first', 'second'].map((name) => {
    const end = connect(sessions, clock);
    end.say(hello(name));
    return end;
  });
  if (!first || !second) return [];
  const ends = [first, second];
  let pingAtMs = 0;
  // While the real disk is slow, much virtual time passes: the pings keep a device connected.
  const goOn = async () => {
    await clock.run(20);
    if (clock.now() < pingAtMs) return;
    pingAtMs = clock.now() + PING_INTERVAL_MS;
    for (const end of ends) if (!end.closed) end.say({ type: 'ping', t0: pingAtMs });
  };
  for (const end of ends) talk(end, 1);
  await eventually(() => isDone(second, 1), 'the answer to the second device', goOn);
  await clock.run(500);
  const wrong: string[] = [];
  const frames = arrivals(second, 'packet').reduce((sum, { message }) => sum + (message.bytes?.readUInt8(12) ?? 0), 0);
  if (second.closed || frames !== 2 * PACKETS) wrong.push(`the second device received ${frames} frames`);
  let again = first;
  let turn = 1;
  const speakAgain = async () => {
    await clock.run(100);
    turn += 1;
    talk(again, turn);
  };
  await speakAgain();
  // With the real disk the fault happens before or after this: the device repeats a failed turn, and reconnects when its
  // session has ended.
  const comeBack = async () => {
    if (!again.closed) return hasFailed(again, turn) ? speakAgain() : goOn();
    again = connect(sessions, clock);
    ends.push(again);
    again.say(hello('first'));
    await speakAgain();
  };
  await eventually(() => isDone(again, turn), 'the next answer to the first device', comeBack);
  await Promise.all([sessions.closeAll(1_001, 'over'), clock.run(5_000)]);
  await removeFolder(folder);
  return wrong;
}

export const spools: Scenario = {
  name: 'two turns that go to the disk',
  run,
  // Whether the timer of acknowledgements fires depends on the real disk; the scenario of two devices has it.
  subjects: /^(a connection|deviceConnection|responder)#1 (?!timer .*packet-acks)/,
};
