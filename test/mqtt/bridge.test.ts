/**
 * A gateway with its embedded cloud, a real mosquitto, and a client in the place of Home Assistant.
 */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { MqttClient } from 'mqtt';
import { api } from '../../convex/_generated/api.js';
import { createLog } from '../../src/core/log/create-log.ts';
import { type Log, silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { type MqttBridge, openMqttBridge } from '../../src/gateway/mqtt/bridge.ts';
import { eventually } from '../support/eventually.ts';
import { openGateways, type SharingGateways } from '../support/gateways.ts';
import { connectDevice, helloOf, speechFrames, type WireDevice } from '../support/wire-device.ts';
import { lacksMosquitto, type Mosquitto, PASSWORD, startMosquitto } from './mosquitto.ts';

/** What a client sees: the newest payload of each topic, and all of them in order. */
async function watcher(client: MqttClient) {
  const topics = new Map<string, string>();
  const history: string[] = [];
  client.on('message', (topic, payload) => {
    topics.set(topic, payload.toString());
    history.push(`${topic} ${payload}`);
  });
  await client.subscribeAsync(['earshot/#', 'homeassistant/#'], { qos: 1 });
  return { topics, history };
}

function metric(bridge: MqttBridge, name: string, label?: string): number {
  const samples = bridge.readMetrics().find((family) => family.name === `earshot_gateway_mqtt_${name}`)?.samples ?? [];
  return samples.find(({ labels }) => label === undefined || labels?.result === label)?.value ?? Number.NaN;
}

const closings: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const close of closings.reverse()) await close();
});

function bridgeTo(
  mosquitto: Mosquitto,
  { embedded }: SharingGateways,
  { password = PASSWORD, log = silentLog }: { password?: string; log?: Log } = {},
) {
  const cloud = { url: embedded.url, gatewayKey: embedded.gatewayKey };
  return openMqttBridge({ url: mosquitto.url, username: 'earshot', password, cloud, clock: systemClock, log });
}

test('devices are published to mosquitto for Home Assistant, and commands come back', async (t) => {
  if (lacksMosquitto(t)) return;
  const [mosquitto, house] = await Promise.all([startMosquitto(), openGateways({ count: 1 })]);
  closings.push(mosquitto.close, house.close);
  const gatewayUrl = house.gateways[0]?.url ?? '';
  const device: WireDevice = await connectDevice(gatewayUrl, {
    hello: { ...helloOf('Kitchen / café'), features: ['mute', 'press'] },
  });
  let bridge = await bridgeTo(mosquitto, house);
  closings.push(() => bridge.close());
  const homeAssistant = await mosquitto.client();
  const { topics, history } = await watcher(homeAssistant);
  const isAt = (topic: string, payload: string) =>
    eventually(() => topics.get(topic) === payload, `${topic}: ${payload}`);

  let slug = '';
  await t.test('discovery has what Home Assistant needs', async () => {
    await eventually(() => {
      slug = /^earshot\/(Kitchen[^/]*)\/availability$/m.exec([...topics.keys()].join('\n'))?.[1] ?? '';
      return topics.has(`homeassistant/device/earshot_${slug}/config`);
    }, 'discovery');
    assert.match(slug, /^Kitchen-caf-[0-9a-f]{8}$/);
    const discovery = JSON.parse(topics.get(`homeassistant/device/earshot_${slug}/config`) ?? '');
    assert.equal(discovery.device.name, 'Kitchen / café');
    assert.ok(discovery.origin.name);
    const { state, volume, say } = discovery.components;
    assert.deepEqual([state.platform, volume.platform, say.platform], ['sensor', 'number', 'notify']);
    assert.equal(state.device_class, 'enum');
    assert.ok(state.options.includes(topics.get(state.state_topic)));
    assert.deepEqual([volume.min, volume.max, topics.get(volume.state_topic)], [0, 100, '100']);
    const ids = [state, volume, say].map(({ unique_id }) => unique_id);
    assert.equal(new Set(ids).size, 3);
    for (const { availability } of [state, volume, say]) {
      for (const { topic } of availability) assert.equal(topics.get(topic), 'online', topic);
    }
  });

  await t.test('a turn is seen as it goes on', async () => {
    // A turn may be over before it is told that it goes on.
    await eventually(async () => {
      const { turn } = await device.speak({ frames: speechFrames().slice(0, 15), paceMs: 20 });
      device.send({ type: 'playback', turn, event: 'started', playedMs: 0 });
      device.send({ type: 'playback', turn, event: 'drained', playedMs: 300 });
      return history.some((line) => /\/state (streaming|processing|playing)$/.test(line));
    }, 'a turn');
    await isAt(`earshot/${slug}/state`, 'idle');
  });

  await t.test('a volume is set, and shown when the cloud has it', async () => {
    await homeAssistant.publishAsync(`earshot/${slug}/volume/set`, '35', { qos: 1 });
    await isAt(`earshot/${slug}/volume`, '35');
    const settings = await house.asOperator.query(api.settings.get, { device: 'Kitchen / café' });
    assert.equal(settings.volumePercent, 35);
  });

  await t.test('a sentence is said', async () => {
    await homeAssistant.publishAsync(`earshot/${slug}/say`, 'Dinner is ready', { qos: 1 });
    await eventually(async () => {
      const all = await house.asOperator.query(api.announcements.list, { device: 'Kitchen / café' });
      return JSON.stringify(all).includes('Dinner is ready');
    }, 'an announcement');
  });

  await t.test('mute and press: the device is told, and the switch shows what the device tells', async () => {
    const { mute, press } = JSON.parse(topics.get(`homeassistant/device/earshot_${slug}/config`) ?? '').components;
    assert.deepEqual([mute.platform, press.platform], ['switch', 'button']);
    assert.equal(topics.get(mute.state_topic), 'OFF');
    await homeAssistant.publishAsync(mute.command_topic, 'ON', { qos: 1 });
    assert.equal((await device.waitFor('control')).action, 'mute');
    device.send({ type: 'mute', muted: true, by: 'gateway' });
    await isAt(mute.state_topic, 'ON');
    await homeAssistant.publishAsync(mute.command_topic, 'OFF', { qos: 1 });
    await device.waitFor('control', ({ action }) => action === 'unmute');
    device.send({ type: 'mute', muted: false });
    await isAt(mute.state_topic, 'OFF');
    await homeAssistant.publishAsync(press.command_topic, press.payload_press, { qos: 1 });
    await device.waitFor('control', ({ action }) => action === 'press');
    await homeAssistant.publishAsync(press.command_topic, 'cancel', { qos: 1 });
    await device.waitFor('control', ({ action }) => action === 'cancel');
  });

  await t.test('of a device that allows neither there is neither', async () => {
    const plain = await connectDevice(gatewayUrl, { name: 'hall' });
    await eventually(() => topics.has('homeassistant/device/earshot_hall/config'), 'its discovery');
    const { mute, press } = JSON.parse(topics.get('homeassistant/device/earshot_hall/config') ?? '').components;
    // Home Assistant removes what has its platform alone.
    assert.deepEqual([mute, press], [{ platform: 'switch' }, { platform: 'button' }]);
    const refused = metric(bridge, 'commands_total', 'refused');
    await homeAssistant.publishAsync('earshot/hall/press', 'press', { qos: 1 });
    await eventually(() => metric(bridge, 'commands_total', 'refused') === refused + 1, 'it is refused');
    assert.ok(!plain.messages.some(({ type }) => type === 'control'));
    plain.close();
  });

  await t.test('what is wrong, retained or for nobody is refused', async () => {
    const before = metric(bridge, 'commands_total', 'refused');
    await homeAssistant.publishAsync(`earshot/${slug}/volume/set`, '101', { qos: 1 });
    await homeAssistant.publishAsync(`earshot/${slug}/volume/set`, 'loud', { qos: 1 });
    await homeAssistant.publishAsync('earshot/nobody/volume/set', '5', { qos: 1 });
    await homeAssistant.publishAsync(`earshot/${slug}/mute/set`, 'maybe', { qos: 1 });
    await homeAssistant.publishAsync(`earshot/${slug}/press`, 'hard', { qos: 1 });
    await homeAssistant.publishAsync(`earshot/${slug}/say`, 'x'.repeat(10_000), { qos: 1 });
    await eventually(() => metric(bridge, 'commands_total', 'refused') === before + 6, 'six refusals');
    assert.equal(topics.get(`earshot/${slug}/volume`), '35');
  });

  await t.test(
    'after a restart of the broker it has the newest state, and a command that it has kept is not repeated',
    async () => {
      const refused = metric(bridge, 'commands_total', 'refused');
      await homeAssistant.publishAsync(`earshot/${slug}/volume/set`, '36', { qos: 1, retain: true });
      await isAt(`earshot/${slug}/volume`, '36');
      await mosquitto.stop();
      await eventually(() => metric(bridge, 'connected') === 0, 'the loss is noticed');
      await house.asOperator.mutation(api.settings.set, {
        device: 'Kitchen / café',
        settings: { volumePercent: 20 },
      });
      await eventually(() => metric(bridge, 'waiting') > 0, 'the change waits');
      await house.asOperator.mutation(api.settings.set, { device: 'Kitchen / café', settings: { volumePercent: 21 } });
      await mosquitto.start();
      await isAt(`earshot/${slug}/volume`, '21');
      await isAt('earshot/status', 'online');
      await eventually(() => metric(bridge, 'waiting') === 0, 'nothing waits');
      await eventually(
        () => metric(bridge, 'commands_total', 'refused') === refused + 1,
        'the kept command is refused',
      );
      await homeAssistant.publishAsync(`earshot/${slug}/volume/set`, '', { qos: 1, retain: true });
    },
  );

  await t.test('a device that is gone, and a gateway that is gone, are not available', async () => {
    device.send({ type: 'bye', reason: 'test over' });
    device.close();
    await isAt(`earshot/${slug}/availability`, 'offline');
    await bridge.close();
    await isAt('earshot/status', 'offline');
  });

  await t.test('a device that is deleted while no bridge runs is removed at the broker by the next one', async () => {
    await homeAssistant.publishAsync(`earshot/${slug}/say`, 'said at each start', { qos: 1, retain: true });
    await house.asOperator.mutation(api.devices.remove, { device: 'Kitchen / café' });
    bridge = await bridgeTo(mosquitto, house);
    await isAt(`earshot/${slug}/availability`, '');
    const kept = await mosquitto.client();
    const { topics: left } = await watcher(kept);
    await eventually(() => left.get('earshot/status') === 'online', 'what is retained');
    assert.deepEqual(
      [...left.keys()].filter((topic) => topic.includes(slug)),
      [`earshot/${slug}/say`],
    );
    await homeAssistant.publishAsync(`earshot/${slug}/say`, '', { qos: 1, retain: true });
  });

  await t.test('a wrong password is said plainly', async () => {
    const lines: string[] = [];
    const log = createLog({ level: 'warn', format: 'json', write: (line) => lines.push(line), now: Date.now });
    const refused = await bridgeTo(mosquitto, house, { password: 'wrong', log });
    await eventually(() => lines.length > 0, 'a warning');
    await refused.close();
    const { code, error, hint } = JSON.parse(lines[0] ?? '');
    assert.equal(code, 'broker_refused');
    assert.match(error, /refuses the user name or the password/);
    assert.match(hint, /EARSHOT_MQTT_PASSWORD/);
    assert.ok(!lines.join().includes('wrong'));
  });
});
