/** Of several devices that hear one wake word, one answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bestOf, createWakeWords, type WakeReport } from '../../actors/session/wake-words.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { hello, turnStart } from '../support/client.ts';
import fc from '../support/fast-check.ts';
import { SimulatedClock } from '../support/simulated-clock.ts';
import { arrivals, connect, utterancePackets, virtualGateway } from './virtual-gateway.ts';

const DECISION_MS = 150;
const WINDOW_MS = 700;

const report = fc.record({
  device: fc.constantFrom('kitchen', 'hall', 'bath', 'attic', 'cellar'),
  group: fc.constantFrom('', 'annex'),
  word: fc.constantFrom('jarvis', 'earshot'),
  levelDb: fc.integer({ min: -60, max: 0 }),
  score: fc.integer({ min: 0, max: 4 }).map((quarters) => quarters / 4),
});

function arbiter(decisionMs = DECISION_MS) {
  const clock = new SimulatedClock();
  const wakeWords = createWakeWords({ clock, log: silentLog, decisionMs, windowMs: WINDOW_MS });
  const lost: { report: WakeReport; atMs: number }[] = [];
  return {
    ...{ clock, lost, close: wakeWords.close },
    claim: (heard: Omit<WakeReport, 'heardAtMs'>, ageMs = 0, isCurrent = () => true) => {
      const given = { ...heard, heardAtMs: clock.now() - ageMs };
      wakeWords.claim({ ...given, isCurrent, onLost: () => lost.push({ report: given, atMs: clock.now() }) });
    },
  };
}

const heard = (device: string, levelDb: number, score = 0.9) => ({ device, group: '', word: 'jarvis', levelDb, score });

test('the louder device answers; of equally loud ones the surer', () => {
  const { claim, clock, lost } = arbiter();
  claim(heard('hall', -40));
  clock.increment(60);
  claim(heard('kitchen', -30, 0.6));
  clock.increment(DECISION_MS - 61);
  assert.equal(lost.length, 0);
  clock.increment(1);
  assert.deepEqual(
    lost.map(({ report }) => report.device),
    ['hall'],
  );
  const sure = { ...heard('bath', -32, 0.9), heardAtMs: 0 };
  const loud = { ...heard('attic', -30, 0.6), heardAtMs: 0 };
  assert.equal(bestOf([loud, sure]), sure);
});

test('a device alone never loses', () => {
  const { claim, clock, lost } = arbiter();
  for (let i = 0; i < 20; i++) {
    claim(heard('kitchen', -50));
    clock.increment(300);
  }
  assert.deepEqual(lost, []);
});

test('who reports after the choice has lost at once, however loud; who hears another word, or later, has not', () => {
  const { claim, clock, lost } = arbiter();
  claim(heard('hall', -40));
  clock.increment(400);
  claim(heard('kitchen', -10), 350);
  assert.deepEqual(
    lost.map(({ report, atMs }) => [report.device, atMs]),
    [['kitchen', 400]],
  );
  claim({ ...heard('bath', -60), word: 'earshot' }, 350);
  claim({ ...heard('attic', -60), group: 'annex' }, 350);
  clock.increment(700);
  claim(heard('cellar', -60));
  clock.increment(5_000);
  assert.equal(lost.length, 1);
});

test('in every group exactly one of those that hear a word within the window answers, the same in any order', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(report, { minLength: 1, maxLength: 10, selector: ({ device, group }) => device + group }),
      fc.array(fc.nat(9), { minLength: 10, maxLength: 10 }),
      fc.array(fc.integer({ min: 0, max: 14 }), { minLength: 10, maxLength: 10 }),
      (reports, order, delays) => {
        const answersAfter = (list: WakeReport[] | typeof reports) => {
          const { claim, clock, lost } = arbiter();
          for (const [i, each] of list.entries()) {
            claim(each, clock.now());
            clock.increment((delays[i] ?? 0) && 10);
          }
          clock.increment(10_000);
          const lostReports = lost.map(({ report: { heardAtMs: _, ...each } }) => JSON.stringify(each));
          assert.equal(new Set(lostReports).size, lostReports.length, 'told once');
          return list.map((each) => JSON.stringify(each)).filter((each) => !lostReports.includes(each));
        };
        const answering = answersAfter(reports);
        const rounds = new Set(reports.map(({ group, word }) => `${group} ${word}`));
        assert.equal(answering.length, rounds.size);
        const shuffled = reports
          .map((each, i) => ({ each, key: order[i] ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each);
        assert.deepEqual(answersAfter(shuffled).sort(), answering.sort());
      },
    ),
    { numRuns: 200 },
  );
});

test('a device whose turn was cancelled or lost does not keep the others from answering', () => {
  const { claim, clock, lost } = arbiter();
  let isCurrent = true;
  claim(heard('kitchen', -10), 0, () => isCurrent);
  claim(heard('hall', -40));
  isCurrent = false;
  clock.increment(DECISION_MS);
  assert.equal(lost.length, 0);
  isCurrent = true;
  claim(heard('kitchen', -10), 0, () => isCurrent);
  assert.deepEqual(
    lost.map(({ report }) => report.device),
    ['kitchen'],
  );
});

test('without a choice all devices answer', () => {
  const { claim, clock, lost } = arbiter(Number.POSITIVE_INFINITY);
  for (const device of ['kitchen', 'hall', 'bath']) claim(heard(device, -30));
  clock.increment(10_000);
  assert.deepEqual(lost, []);
});

test('a device that reports again, because it has reconnected, does not compete with itself', () => {
  const { claim, clock, lost } = arbiter();
  claim(heard('kitchen', -30));
  clock.increment(100);
  claim(heard('kitchen', -30), 100);
  clock.increment(200);
  claim(heard('kitchen', -30), 300);
  clock.increment(5_000);
  assert.deepEqual(lost, []);
});

test('nothing is decided after the end', () => {
  const { claim, clock, lost, close } = arbiter();
  claim(heard('kitchen', -30));
  claim(heard('hall', -40));
  close();
  clock.increment(10_000);
  assert.deepEqual(lost, []);
});

const WAKE = { trigger: 'wake', patience: 'normal' };
const wake = (levelDb: number, ageMs = 0) => ({ ...WAKE, wake: { word: 'jarvis', levelDb, score: 0.9, ageMs } });
const listens = (name: string, over = {}) => hello(name, { features: ['listen'], ...over });

test('a gateway tells the device that heard it less well, 150 ms after the first report, and records nothing of it', async () => {
  const recorded: string[] = [];
  const recorder = {
    has: () => false,
    async record({ device }: { device: string }) {
      recorded.push(device);
    },
  };
  const { sessions, clock, device: hall } = virtualGateway({ recorder, responder: () => ({ hear() {}, abort() {} }) });
  const kitchen = connect(sessions, clock);
  const annex = connect(sessions, clock);
  hall.say(listens('hall'));
  kitchen.say(listens('kitchen'));
  annex.say(listens('annex', { group: 'annex' }));
  await clock.run(100);
  const first = turnStart(1, wake(-45));
  hall.say(first, ...utterancePackets(1, 2));
  await clock.run(40);
  kitchen.say(turnStart(1, wake(-30, 60)));
  annex.say(turnStart(1, wake(-20, 60)));
  await clock.run(500);
  const ends = arrivals(hall, 'listen.end');
  assert.deepEqual(
    ends.map(({ message }) => message),
    [{ type: 'listen.end', turn: 1, reason: 'elsewhere' }],
  );
  assert.ok(Math.abs((ends[0]?.atMs ?? 0) - 250) <= 10);
  for (const winner of [kitchen, annex]) assert.equal(arrivals(winner, 'listen.end').length, 0);
  hall.say({ type: 'turn.abort', turn: 1, reason: 'cancelled' });
  kitchen.say(...utterancePackets(1, 2), { type: 'turn.abort', turn: 1, reason: 'error' });
  await clock.run(2_000);
  assert.ok(!recorded.includes('hall'), `${recorded}`);
});

test('a turn that has ended meanwhile, and a device that does not listen, are told nothing', async () => {
  const { sessions, clock, device: hall } = virtualGateway();
  const kitchen = connect(sessions, clock);
  const old = connect(sessions, clock);
  hall.say(listens('hall'));
  kitchen.say(listens('kitchen'));
  old.say(hello('old'));
  await clock.run(10);
  hall.say(
    turnStart(1, wake(-10)),
    { type: 'turn.abort', turn: 1, reason: 'cancelled' },
    turnStart(2, { trigger: 'key' }),
  );
  old.say(turnStart(1, wake(-5)));
  kitchen.say(turnStart(1, wake(-30)));
  await clock.run(500);
  for (const each of [hall, kitchen, old]) assert.equal(arrivals(each, 'listen.end').length, 0);
});

test('with the limit off, all devices answer', async () => {
  const { sessions, clock, device: hall } = virtualGateway({ limits: ['wakeDecisionMs=off'] });
  const kitchen = connect(sessions, clock);
  hall.say(listens('hall'));
  kitchen.say(listens('kitchen'));
  await clock.run(10);
  hall.say(turnStart(1, wake(-45)));
  kitchen.say(turnStart(1, wake(-30)));
  await clock.run(500);
  for (const each of [hall, kitchen]) assert.equal(arrivals(each, 'listen.end').length, 0);
});

/** Two gateways; what one tells, the other hears of after this time. */
function gateways(delayMs: number) {
  const clock = new SimulatedClock();
  const listeners: ((report: WakeReport) => void)[] = [];
  const lost: string[] = [];
  const told: string[] = [];
  const both = [0, 1].map((at) =>
    createWakeWords({
      ...{ clock, log: silentLog, decisionMs: DECISION_MS, windowMs: WINDOW_MS },
      elsewhere: {
        isShared: () => true,
        tell({ device, group, word, levelDb, score, heardAtMs }) {
          told.push(device);
          clock.setTimeout(() => listeners[1 - at]?.({ device, group, word, levelDb, score, heardAtMs }), delayMs);
        },
        onReport(listener) {
          listeners[at] = listener;
        },
      },
    }),
  );
  return {
    ...{ clock, lost, told },
    claim(at: number, report: Omit<WakeReport, 'heardAtMs'>) {
      const onLost = () => lost.push(report.device);
      both[at]?.claim({ ...report, heardAtMs: clock.now(), isCurrent: () => true, onLost });
    },
    close() {
      for (const each of both) each.close();
    },
  };
}

test('devices at two gateways: the best answers, also when the gateways hear of each other after their choice', () => {
  for (const delayMs of [20, 149, 151, 600, 2_000]) {
    const { clock, lost, claim, close } = gateways(delayMs);
    claim(0, heard('hall', -40));
    claim(0, heard('bath', -45));
    clock.increment(30);
    claim(1, heard('kitchen', -30));
    for (let step = 0; step < 300; step++) clock.increment(10);
    assert.deepEqual(lost.toSorted(), ['bath', 'hall'], `after ${delayMs} ms`);
    close();
  }
});

test('devices at two gateways: exactly one answers, whatever they heard, whenever it becomes known', () => {
  const reports = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 1 }), report, fc.integer({ min: 0, max: 100 })), {
    selector: ([, { device }]) => device,
    minLength: 1,
  });
  fc.assert(
    fc.property(reports, fc.integer({ min: 1, max: 1_500 }), (heardReports, delayMs) => {
      const { clock, lost, claim, close } = gateways(delayMs);
      for (const [at, each, laterMs] of heardReports) {
        clock.setTimeout(() => claim(at, { ...each, group: 'annex', word: 'jarvis' }), laterMs);
      }
      // Its timers see the time at the end of a step.
      for (let step = 0; step < 400; step++) clock.increment(10);
      assert.deepEqual([lost.length, new Set(lost).size], [heardReports.length - 1, heardReports.length - 1]);
      close();
    }),
  );
});
