/**
 * What devices cost their cloud: calls, documents and bytes of a connection, an idle hour, a turn, a report, a reminder. Each has a budget, and
 * the test fails when it grows. docs/scale.md is calculated from these figures, which the test prints.
 */
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { REPORT_INTERVAL_MS } from '../../src/observability/monitor/attach.ts';
import { connectDevice, helloOf, speechFrames, type WireDevice } from '../support/wire-device.ts';
import { type Cost, type MeteredGateway, startMeteredGateway } from './metered-gateway.ts';

const TOKEN = 'the-token-of-the-kitchen';
const MANY = 50;
const HOUR_MS = 3_600_000;
type Budget = Omit<Cost, 'functions'>;

let metered: MeteredGateway;
let device: WireDevice;
const frames = speechFrames().slice(0, 50);

before(async () => {
  metered = await startMeteredGateway();
  await metered.pair('kitchen', TOKEN);
});
after(async () => {
  device?.close();
  await metered.close();
});

function within(t: TestContext, what: string, cost: Cost, budget: Budget): void {
  const { functions, ...figures } = cost;
  t.diagnostic(`${what}: ${JSON.stringify(figures)} ${JSON.stringify(functions)}`);
  for (const [name, most] of Object.entries(budget)) {
    const figure = figures[name as keyof Budget];
    assert.ok(figure <= most, `${what}: ${figure} ${name}, the budget is ${most}; ${JSON.stringify(functions)}`);
  }
}

const connect = (name = 'kitchen') =>
  connectDevice(metered.url, {
    ...(name === 'kitchen' && { token: TOKEN }),
    hello: { ...helloOf(name, 3), features: ['say', 'reminders'] },
  });

async function speak(): Promise<void> {
  const { id } = await device.speak({ frames });
  await device.waitFor('turn.stored', (message) => message.id === id && message.cloud === true);
}

test('a connection of a device, and its end', async (t) => {
  const both = await metered.cost(2, async () => {
    const first = await connect();
    await first.waitFor('welcome');
    first.close();
  });
  within(t, 'connection and its end', both, {
    ...{ calls: 10, documentsRead: 26, documentsWritten: 8, documentBytes: 8_000, wireBytes: 7_000 },
  });
  const opened = await metered.cost(1, async () => {
    device = await connect();
  });
  within(t, 'connection', opened, {
    ...{ calls: 5, documentsRead: 14, documentsWritten: 5, documentBytes: 4_500, wireBytes: 4_000 },
  });
  // Once before the cloud knows of the connection, and once after it.
  assert.equal(opened.functions['devices:verify'], 2);
});

test('an idle device: pings cost nothing, a report a minute is all', async (t) => {
  const pings = await metered.cost(0, async () => {
    for (let i = 0; i < 10; i++) {
      device.send({ type: 'ping', t0: i });
      await device.waitFor('pong', ({ t0 }) => t0 === i);
    }
  });
  assert.equal(pings.calls, 0, JSON.stringify(pings.functions));
  const report = await metered.cost(1, async () => {
    device.send({ type: 'report', figures: { cpu: 1.5, 'memory.rss': 40_000_000, underruns: 0 } });
  });
  within(t, 'report', report, {
    ...{ calls: 1, documentsRead: 4, documentsWritten: 2, documentBytes: 1_500, wireBytes: 2_500 },
  });
  assert.equal(HOUR_MS / REPORT_INTERVAL_MS, 60, 'reports an hour; docs/scale.md is calculated with it');
});

test('the reports of many devices at the same time are few calls', async (t) => {
  const devices: WireDevice[] = [];
  await metered.cost(MANY, async () => {
    for (let i = 0; i < MANY; i++) devices.push(await connect(`device ${i}`));
  });
  const reports = await metered.cost(MANY, async () => {
    for (const each of devices) each.send({ type: 'report', figures: { cpu: 1.5 } });
  });
  within(t, `reports of ${MANY} devices`, reports, {
    ...{
      calls: 4,
      documentsRead: 4 * MANY,
      documentsWritten: 2 * MANY,
      documentBytes: 1_500 * MANY,
      wireBytes: 20_000,
    },
  });
  await metered.cost(MANY, async () => {
    for (const each of devices) each.close();
  });
});

test('a turn with a recording', async (t) => {
  metered.answerWith('parrot');
  const turn = await metered.cost(1, speak);
  within(t, 'turn', turn, {
    ...{ calls: 7, documentsRead: 40, documentsWritten: 20, documentBytes: 16_000, wireBytes: 12_000 },
  });
});

test('a turn with the assistant: what both sides said is stored, too', async (t) => {
  metered.answerWith('assistant');
  const turn = await metered.cost(1, speak);
  within(t, 'turn with the assistant', turn, {
    ...{ calls: 12, documentsRead: 70, documentsWritten: 30, documentBytes: 24_000, wireBytes: 16_000 },
  });
});

test('a reminder is set', async (t) => {
  const atMs = Date.now() + HOUR_MS;
  const set = await metered.cost(1, async () => {
    const { id } = await metered.cloud.reminders.add('kitchen', { kind: 'reminder', label: 'call mom', atMs });
    await device.waitFor('reminders', ({ reminders }) => reminders.some((each) => each.id === id));
  });
  within(t, 'a reminder is set', set, {
    ...{ calls: 2, documentsRead: 4, documentsWritten: 1, documentBytes: 1_000, wireBytes: 3_000 },
  });
});
