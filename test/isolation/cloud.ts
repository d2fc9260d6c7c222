/**
 * The gateway's actors for the cloud, in virtual time: two deliveries, two devices with observed settings, two devices
 * that are paired.
 */
import { createAccess } from '../../actors/cloud/access.ts';
import { identifyClient } from '../../actors/cloud/cloud-identity.ts';
import { startDelivery } from '../../actors/cloud/delivery.ts';
import { pairDevice } from '../../actors/cloud/pairing.ts';
import { createPairingPlaces } from '../../actors/cloud/pairing-places.ts';
import { createWakeExchange } from '../../actors/cloud/wake-exchange.ts';
import type { SocketHandlers } from '../../actors/network/socket.ts';
import { receiveHello } from '../../actors/session/handshake.ts';
import { signingKeyOf } from '../../src/core/identity/signing-key.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import type { Log } from '../../src/core/log/log.ts';
import { type FakeCloud, fakeCloud } from '../support/fake-cloud.ts';
import { queueInMemory } from '../support/memory-files.ts';
import { queuedTurn } from '../support/records.ts';
import { createVirtualClock, type VirtualClock } from '../support/virtual-clock.ts';
import type { Scenario } from './scenario.ts';

/** A crashed actor has been restarted. */
const RESTART_MS = 1_000;

async function deliver(log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  const [first, second] = [1, 2].map(() => {
    const cloud = fakeCloud(clock.now);
    const { queue } = queueInMemory({}, log);
    return { cloud, queue, delivery: startDelivery({ cloud, queue, clock, log, onDelivered() {} }) };
  });
  if (!first || !second) return [];
  const both = [first, second];
  const put = async ({ queue, delivery }: typeof first, n: number) => {
    await queue.put(queuedTurn(n));
    delivery.offer('kitchen');
  };
  for (const each of both) {
    await put(each, 1);
    await put(each, 2);
    each.delivery.tellLive('kitchen', queuedTurn(3).record);
  }
  await clock.run(RESTART_MS);
  for (const { cloud } of both) {
    cloud.connect(false);
    cloud.connect(true);
  }
  await clock.run(RESTART_MS);
  for (const each of both) await put(each, 4);
  await clock.run(3 * RESTART_MS);
  const wrong = both.flatMap(({ queue }, i) =>
    queue.stats().waiting > 0 ? [`delivery ${i + 1} does not deliver`] : [],
  );
  if (second.delivery.stats().delivered !== 3) wrong.push('the second delivery was affected');
  for (const { delivery } of both) delivery.stop();
  await clock.run(RESTART_MS);
  return wrong;
}

/** Two groups with devices at other gateways. */
async function share(log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  const listeners = new Map<string, Parameters<FakeCloud['watchWakeWords']>[2]>();
  const cloud: FakeCloud = Object.assign(fakeCloud(clock.now), {
    watchWakeWords(group: string, _gateway: string, listener: Parameters<FakeCloud['watchWakeWords']>[2]) {
      listeners.set(group, listener);
      return () => listeners.delete(group);
    },
  });
  const exchange = createWakeExchange({ cloud: Promise.resolve(cloud), gatewayId: 'here', clock, log });
  const heard: string[] = [];
  exchange.onReport(({ group }) => heard.push(group));
  const leave = ['first', 'second'].map((group) => exchange.join(group));
  const tell = async (at: number) => {
    await clock.run(RESTART_MS);
    const reports = [{ device: 'hall', heard: { word: 'jarvis', at, levelDb: -30, score: 1 } }];
    for (const listener of listeners.values()) listener({ elsewhere: 1, heard: reports });
  };
  await tell(1);
  await tell(2);
  const wrong = heard.filter((group) => group === 'second').length === 2 ? [] : ['the second group was affected'];
  await tell(3);
  if (heard.filter((group) => group === 'first').length === 0) wrong.push('the first group is not watched any more');
  for (const each of leave) each();
  await clock.run(RESTART_MS);
  return wrong;
}

async function watch(log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  const cloud: FakeCloud = Object.assign(fakeCloud(clock.now), {
    cachedReplies: async (keys: readonly string[]) => keys.map((key) => ({ key, text: key, file: new Uint8Array(1) })),
  });
  const access = createAccess({ cloud: Promise.resolve(cloud), isOpen: false, clock, log });
  const [first, second] = ['first', 'second'].map((device) => {
    const told = { settings: 0, replies: 0, revoked: 0 };
    const unwatch = access.watch(
      { device, tokenHash: device },
      {
        onSettings: () => told.settings++,
        onCachedReply: () => told.replies++,
        onNewestConnection: () => {},
        onRevoked: () => told.revoked++,
      },
    );
    return { told, unwatch };
  });
  if (!first || !second) return [];
  const tell = async (cachedReplies: string[]) => {
    await clock.run(RESTART_MS);
    cloud.tellVerdict({ status: 'valid', device: 'any', settings: { cachedReplies } });
  };
  await tell(['a']);
  await tell(['a', 'b']);
  // Those that did not change are not sent again.
  await tell(['a', 'b']);
  await tell(['b', 'a']);
  await clock.run(RESTART_MS);
  const wrong: string[] = [];
  const { settings, replies } = second.told;
  if (settings !== 3 || replies !== 2) wrong.push(`the second device was sent ${JSON.stringify(second.told)}`);
  const before = first.told.settings;
  await tell([]);
  if (first.told.settings !== before + 1) wrong.push('the first device is not observed any more');
  cloud.tellVerdict({ status: 'valid', device: 'any', settings: {}, expiresAt: clock.wallNow() + RESTART_MS });
  await clock.run(2 * RESTART_MS);
  if (second.told.revoked !== 1) wrong.push('the second device is not notified that its token has expired');
  cloud.tellVerdict({ status: 'revoked', device: 'any' });
  if (second.told.revoked !== 2) wrong.push('the second device is not notified that its token was revoked');
  for (const { unwatch } of [first, second]) unwatch();
  await clock.run(RESTART_MS);
  return wrong;
}

/** A connection of a device that has no token. */
function connect(name: string, clock: VirtualClock, log: Log, cloud: FakeCloud) {
  const connection = { messages: [] as string[], closed: false, say(_message: object) {} };
  let handlers: SocketHandlers | undefined;
  const close = () => {
    if (connection.closed) return;
    connection.closed = true;
    handlers?.onClose(1_000, '');
  };
  const places = createPairingPlaces(DEFAULT_LIMITS, clock);
  const newId = () => `request of ${name}`;
  const pairing = { cloud: Promise.resolve(cloud), places, address: name, warnOccasionally() {}, onPaired() {}, newId };
  receiveHello(
    (given) => {
      handlers = given;
      const sendText = (text: string) => void connection.messages.push(JSON.parse(text).type);
      return { sendText, sendBinary() {}, bufferedBytes: 0, setReading() {}, close, terminate: close };
    },
    { clock, log, helloMs: 10_000 },
    (connected) => pairDevice(connected, pairing),
  );
  connection.say = (message) => handlers?.onText(JSON.stringify(message));
  const audio = { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 1 };
  connection.say({ type: 'hello', protocol: 1, device: { name }, audio, playback: { bufferMs: 600 } });
  return connection;
}

async function pair(log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  const wrong: string[] = [];
  const isPaired = ({ messages, closed }: ReturnType<typeof connect>) => messages.includes('pair.approved') && closed;
  // The first one's code expires, the second's is approved.
  const late = fakeCloud(() => clock.wallNow());
  const early = fakeCloud(() => clock.wallNow());
  const first = connect('first', clock, log, late);
  const second = connect('second', clock, log, early);
  await clock.run(100);
  for (const each of [first, second]) each.say({ type: 'ping', t0: 1 });
  early.approve();
  await clock.run(100);
  if (!isPaired(second) || !second.messages.includes('pong'))
    wrong.push(`the second device received ${second.messages}`);
  await clock.run(700_000);
  if (!first.closed) wrong.push('a connection whose code has expired stays open');
  // It reconnects.
  const again = connect('first', clock, log, late);
  await clock.run(100);
  late.approve();
  await clock.run(100);
  const [tried] = isPaired(again) ? [again] : [connect('first', clock, log, late)];
  await clock.run(100);
  late.approve();
  await clock.run(100);
  if (!tried || !isPaired(tried)) wrong.push('the first device is not paired');
  return wrong;
}

async function identifyTwice(log: Log): Promise<string[]> {
  const clock = createVirtualClock();
  const key = signingKeyOf('a key for tests that nobody can guess');
  const claims = { role: 'gateway', tenant: 'default', subject: 'gateway' } as const;
  const both = [1, 2].map(() => {
    const seen = { begun: 0, tell(_isAccepted: boolean) {} };
    const client: Parameters<typeof identifyClient>[0]['client'] = {
      setAuth(_fetchToken, onChange) {
        seen.begun += 1;
        if (onChange) seen.tell = onChange;
      },
    };
    const stop = identifyClient({ client, key, claims, cloudTime: async () => undefined, clock, log });
    return { seen, stop };
  });
  // Twice not accepted, then accepted.
  for (const isAccepted of [false, false, true]) {
    for (const { seen } of both) seen.tell(isAccepted);
    await clock.run(30_000);
  }
  const wrong = both.flatMap(({ seen }, i) =>
    seen.begun < 2 ? [`the connection ${i + 1} was not identified again`] : [],
  );
  for (const { stop } of both) stop();
  await clock.run(RESTART_MS);
  return wrong;
}

export const cloud: Scenario[] = [
  { name: 'two connections that are identified', run: identifyTwice, subjects: /^the identity at the cloud#1 / },
  { name: 'two deliveries to the cloud', run: deliver, subjects: /^the delivery to the cloud#1 / },
  { name: 'two devices whose settings are watched', run: watch, subjects: /^the watch of a device#1 / },
  { name: 'two groups with devices elsewhere', run: share, subjects: /^the wake words of a group#1 / },
  { name: 'two devices that are paired', run: pair, subjects: /^a connection#[13] / },
];
