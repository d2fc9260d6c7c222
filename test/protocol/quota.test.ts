/**
 * Limits for one device, as documented in docs/protocol.md; in virtual time.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AddressQuota } from '../../actors/session/address-quota.ts';
import { createDeviceQuotas } from '../../actors/session/device-quota.ts';
import type { CompletedTurn } from '../../actors/session/turn-recorder.ts';
import { limitsFrom } from '../../src/core/limits/limits.ts';
import { createLog } from '../../src/core/log/create-log.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { DISCONTINUITY, FINAL, hello, packet, turnStart } from '../support/client.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import { arrivals, connect, type End, utterancePackets, virtualGateway } from './virtual-gateway.ts';

const offline = { offline: { recordedAt: 1 } };
/** Packets of six frames of one byte: the most audio for the fewest bytes. */
const dense = (turn: number, seconds: number) =>
  Array.from({ length: Math.ceil((seconds * 50) / 6) }, (_, i) => {
    const left = Math.min(6, seconds * 50 - 6 * i);
    return packet({ turn, sequence: 6 * i, frames: Array.from({ length: left }, () => [0]) });
  });
const ending = (turn: number, frames: number) => packet({ turn, sequence: frames, flags: FINAL, frames: [] });
const errors = (device: End) => arrivals(device, 'error').map(({ message }) => message);

/** A gateway that stores the recorded turns. */
function recordingLine(limits: string[] = []) {
  const recorded: CompletedTurn[] = [];
  const recorder = {
    has: () => false,
    async record(turn: CompletedTurn) {
      recorded.push(turn);
    },
  };
  return { ...virtualGateway({ recorder, limits }), recorded };
}

describe('a turn', () => {
  test('may have maxTurnMs of audio, at any speed', async () => {
    const { clock, device, recorded } = recordingLine();
    device.say(hello('talkative'), turnStart(1), ...dense(1, 300), ending(1, 15_000));
    await clock.run(100);
    assert.deepEqual(errors(device), []);
    assert.equal(recorded.length, 1);
  });

  const beyond: [string, Buffer[]][] = [
    ['one frame more', [...dense(1, 300), packet({ turn: 1, sequence: 15_000, frames: [[0]] })]],
    ['three hours of it', dense(1, 10_800)],
    [
      'a gap of 37 hours before its last packet',
      [packet({ turn: 1, sequence: 0 }), packet({ turn: 1, sequence: 2, timestamp: 2 ** 31, flags: FINAL })],
    ],
    [
      'gaps that come to more in all',
      Array.from({ length: 4 }, (_, i) => packet({ turn: 1, sequence: 2 * i, timestamp: i * 101 * 16_000 })),
    ],
    [
      'a jump to the last number of all',
      [
        packet({ turn: 1, sequence: 0 }),
        packet({ turn: 1, sequence: 2 ** 32 - 16, timestamp: 640, flags: DISCONTINUITY }),
      ],
    ],
    [
      'four megabytes',
      Array.from({ length: 600 }, (_, i) =>
        packet({ turn: 1, sequence: 6 * i, frames: Array.from({ length: 6 }, () => Array(1_275).fill(1)) }),
      ),
    ],
  ];
  for (const [what, packets] of beyond) {
    test(`with ${what} fails, and is not retryable`, async () => {
      const { clock, device, recorded } = recordingLine();
      device.say(hello('endless'), turnStart(1), ...packets, ending(1, 1));
      await clock.run(1_000);
      const [error] = errors(device);
      assert.deepEqual([error?.code, error?.turn, error?.retryable], ['turn_refused', 1, false]);
      assert.equal(errors(device).length, 1);
      assert.equal(recorded.length, 0);
      assert.equal(arrivals(device, 'turn.done').length, 0);
      for (const { message } of arrivals(device, 'ack')) assert.ok(Number(message.lost ?? 0) < 15_000);
      // The connection is still usable.
      device.say(turnStart(2), ...utterancePackets(2, 1));
      await clock.run(1_000);
      assert.equal(arrivals(device, 'turn.done').length, 1);
    });
  }

  test('may have a gap that fits', async () => {
    const { clock, device, recorded } = recordingLine();
    const far = packet({ turn: 1, sequence: 2, timestamp: 298 * 16_000, flags: FINAL });
    device.say(hello('thoughtful'), turnStart(1), packet({ turn: 1, sequence: 0 }), far);
    await clock.run(1_000);
    assert.deepEqual(errors(device), []);
    assert.equal(recorded.length, 1);
  });

  test('has the limits that the gateway announces, and none that are disabled', async () => {
    const { clock, device, recorded } = recordingLine(['turnMs=1000', 'turnBytes=off']);
    device.say(hello('curt'), turnStart(1), ...dense(1, 2));
    await clock.run(1);
    assert.deepEqual(arrivals(device, 'welcome')[0]?.message.limits, {
      maxMessageBytes: 65_536,
      maxTurnMs: 1_000,
      maxTurnBytes: 2 ** 32 - 1,
    });
    assert.equal(errors(device)[0]?.message, 'The turn has more than 1 s of audio');
    assert.equal(recorded.length, 0);
  });
});

describe('the number of a turn', () => {
  test('increases: another turn of the same number or a smaller one is a fault, and begins nothing', async () => {
    const { clock, device } = virtualGateway();
    device.say(hello('confused'), turnStart(5), packet({ turn: 5, sequence: 0 }));
    device.say(turnStart(5), turnStart(4));
    await clock.run(1);
    assert.deepEqual(
      errors(device).map(({ code, turn }) => [code, turn]),
      Array(2).fill(['turn_number', undefined]),
    );
    device.say(packet({ turn: 5, sequence: 2, flags: FINAL }));
    await clock.run(1_000);
    assert.equal(arrivals(device, 'turn.done').length, 1, 'turn 5 goes on');
  });

  test('is the same for the same turn: a device restarts an aborted turn', async () => {
    const { clock, device, sessions } = virtualGateway();
    const start = turnStart(7);
    device.say(hello('persistent'), start, packet({ turn: 7, sequence: 0 }));
    device.say({ type: 'turn.abort', turn: 7, reason: 'error' });
    device.disconnect();
    const again = connect(sessions, clock);
    again.say(hello('persistent', { resume: { session: 'session 1', turn: 7, downlinkNext: 0 } }));
    await clock.run(1);
    assert.equal(arrivals(again, 'welcome')[0]?.message.resumed, false);
    again.say(start, ...utterancePackets(7, 1));
    await clock.run(1_000);
    assert.deepEqual(errors(again), []);
    assert.equal(arrivals(again, 'turn.done').length, 1);
  });
});

describe('a device', () => {
  test('may begin a limited number of turns a minute; others are refused, and retryable', async () => {
    const made = virtualGateway({ limits: ['turns=10'] });
    const { clock, device } = made;
    device.say(hello('impatient'));
    for (let turn = 1; turn <= 30; turn++) device.say(turnStart(turn));
    await clock.run(1);
    const refused = errors(device);
    assert.deepEqual(
      refused.map(({ turn }) => turn),
      Array.from({ length: 20 }, (_, i) => 11 + i),
    );
    assert.ok(refused.every(({ code, retryable }) => code === 'turn_refused' && retryable === true));
    await stay(made, 7_000);
    device.say(turnStart(31), ...utterancePackets(31, 1));
    await clock.run(1_000);
    assert.deepEqual(
      arrivals(device, 'turn.done').map(({ message }) => message.turn),
      [31],
    );
  });

  test('reports its metrics a limited number of times a minute', async () => {
    const clock = createVirtualClock();
    const tenant = { takeTurn: () => undefined, takeSpeech() {} };
    const quotas = createDeviceQuotas(limitsFrom(['reports=5']), tenant, clock, silentLog);
    const taken = (times: number) =>
      Array.from({ length: times }, () => quotas.of('talkative').takeReport()).filter(Boolean).length;
    assert.equal(taken(30), 5);
    await clock.run(60_000);
    assert.equal(taken(30), 5);
    assert.equal(quotas.of('another').takeReport(), true);
    quotas.close();
  });

  test('whose turn is refused gets no more of the previous reply', async () => {
    const { clock, device } = virtualGateway({ limits: ['turns=1'] });
    device.say(hello('impatient'), turnStart(1), ...utterancePackets(1, 100));
    await clock.run(500);
    const before = arrivals(device, 'packet').length;
    device.say(turnStart(2), packet({ turn: 2, sequence: 0 }));
    await clock.run(5_000);
    assert.equal(errors(device)[0]?.turn, 2);
    assert.equal(arrivals(device, 'packet').length, before);
    assert.equal(arrivals(device, 'turn.done').length, 0);
  });

  test('sends half an hour of offline turns at line speed, then only in real time', async () => {
    const made = recordingLine();
    const { clock, device, recorded } = made;
    device.say(hello('hoarder'));
    // Each turn that has begun is completed: the last one exceeds the limit.
    for (let turn = 1; turn <= 7; turn++)
      device.say(turnStart(turn, offline), ...dense(turn, 270), ending(turn, 13_500));
    await clock.run(1);
    assert.equal(recorded.length, 7);
    device.say(turnStart(8, offline));
    await clock.run(1);
    const [error] = errors(device);
    assert.deepEqual([error?.turn, error?.retryable], [8, true]);
    // 7 × 270 − 1,800 s of debt.
    await stay(made, 90_000);
    device.say(turnStart(9, offline), ...dense(9, 270), ending(9, 13_500));
    await clock.run(1);
    assert.equal(recorded.length, 8);
  });

  test('that sends live turns all day is never refused', async () => {
    const made = virtualGateway({ limits: ['audioAheadMs=60000'] });
    const { clock, device } = made;
    device.say(hello('announcer'));
    for (let turn = 1; turn <= 30; turn++) {
      device.say(turnStart(turn));
      for (let at = 0; at < 60; at++) {
        device.say(packet({ turn, sequence: 50 * at, flags: at === 0 ? 0 : DISCONTINUITY, frames: [[0]] }));
        await clock.run(1_000);
      }
      device.say(ending(turn, 2_951));
    }
    assert.deepEqual(errors(device), []);
  });

  test('may connect a limited number of times a minute, and is asked to reconnect later', async () => {
    const { clock, sessions } = virtualGateway({ limits: ['reconnects=5'] });
    const ends = Array.from({ length: 8 }, () => {
      const end = connect(sessions, clock);
      end.say(hello('restless'));
      return end;
    });
    const other = connect(sessions, clock);
    other.say(hello('calm'));
    await clock.run(1);
    assert.deepEqual(
      ends.map(({ closed }) => closed?.code),
      [...Array(4).fill(4_001), undefined, ...Array(3).fill(1_013)],
    );
    assert.equal(other.closed, undefined);
    await clock.run(12_001);
    const later = connect(sessions, clock);
    later.say(hello('restless'));
    await clock.run(1);
    assert.equal(later.closed, undefined);
  });

  test('has a limited number of log lines, the rest is counted; other devices have their own limit', async () => {
    const lines: { message: string; device?: string; lines?: number }[] = [];
    const write = (text: string) => lines.push(JSON.parse(text));
    const log = createLog({ level: 'info', format: 'json', write, now: () => 0 });
    const made = virtualGateway({ log, limits: ['deviceLogLines=10', 'turns=off'] });
    const { clock, device, sessions } = made;
    device.say(hello('noisy'));
    for (let turn = 1; turn <= 500; turn++) device.say(turnStart(turn));
    const other = connect(sessions, clock);
    other.say(hello('quiet'));
    await clock.run(1);
    assert.equal(lines.length, 10 + 1, JSON.stringify(lines.slice(0, 20)));
    assert.ok(lines.some((each) => each.message === 'device connected' && each.device === 'quiet'));
    await stay(made, 60_000);
    const told = lines.filter((each) => each.lines !== undefined);
    // Connected, and the end of each turn but the last.
    assert.deepEqual(
      told.map((each) => [each.device, each.lines]),
      [['noisy', 1 + 499 - 10]],
    );
  });

  test('shares a limit on log lines with all others', async () => {
    const lines: string[] = [];
    const write = (text: string) => lines.push(text);
    const log = createLog({ level: 'info', format: 'json', write, now: () => 0 });
    const { clock, sessions } = virtualGateway({ log, limits: ['logLines=20'] });
    for (let i = 0; i < 100; i++) connect(sessions, clock).say(hello(`device ${i}`));
    await clock.run(1);
    assert.equal(lines.length, 20);
  });
});

/** A device that stays connected: it pings as the page requires. */
async function stay({ clock, device }: { clock: VirtualClock; device: End }, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 5_000) {
    device.say({ type: 'ping', t0: clock.now() });
    await clock.run(Math.min(left, 5_000));
  }
}

describe('all devices of one address', () => {
  function devices(limits: string[], ...addresses: string[]) {
    const { clock, sessions } = virtualGateway({ limits });
    const made = addresses.map((address, i) => {
      const device = connect(sessions, clock, { address });
      device.say(hello(`device ${i}`));
      return device;
    });
    return { clock, sessions, made };
  }
  const refused = (device: End | undefined) =>
    device ? errors(device).map(({ turn, message }) => [turn, message]) : [];

  test('begin a limited number of turns a minute, whichever of them begins them', async () => {
    const { clock, made } = devices(['turnsPerAddress=3'], 'here', 'here', 'elsewhere');
    for (const turn of [1, 2]) for (const each of made) each.say(turnStart(turn), ...utterancePackets(turn, 1));
    await clock.run(1_000);
    assert.deepEqual(refused(made[0]), []);
    assert.deepEqual(refused(made[1]), [[2, 'The devices of this address begin more than 3 turns a minute']]);
    assert.deepEqual(refused(made[2]), []);
    await clock.run(60_000);
    made[1]?.say(turnStart(3), ...utterancePackets(3, 1));
    await clock.run(1_000);
    assert.equal(refused(made[1]).length, 1);
  });

  for (const [limit, reason] of [
    ['speechSecondsPerAddress=10', /speak more/],
    ['bytesPerAddress=3000', /more bytes/],
  ] as const) {
    test(`${limit}: a turn that has begun may end, and the next one is refused`, async () => {
      const { clock, sessions, made } = devices([limit], 'here', 'here', 'elsewhere');
      const [first, second, other] = made;
      first?.say(turnStart(1, offline), ...dense(1, 30), ending(1, 1_500));
      await clock.run(1_000);
      for (const each of [second, other]) each?.say(turnStart(1), ...utterancePackets(1, 1));
      await clock.run(1_000);
      assert.deepEqual(refused(first), []);
      assert.match(String(refused(second)), reason);
      assert.deepEqual(refused(other), []);
      // It counts where the device is now.
      const moved = connect(sessions, clock, { address: 'elsewhere' });
      moved.say(hello('device 1'), turnStart(1), ...utterancePackets(1, 1));
      await clock.run(1_000);
      assert.deepEqual(refused(moved), []);
    });
  }

  test('take no memory when they have used nothing in this minute', async () => {
    const clock = createVirtualClock();
    const quota = new AddressQuota(limitsFrom([]), clock);
    for (let i = 0; i < 1_000; i++) quota.takeTurn(`address ${i}`);
    assert.equal(quota.size, 1_000);
    await clock.run(60_000);
    quota.takeSpeech('address 1', 20, 80);
    assert.equal(quota.size, 1);
  });
});
