/** NetworkManager by `nmcli`: what it is asked, what its answers mean, and where passwords are not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nmcli } from '../../actors/wifi/nmcli.ts';
import { joinError, networksOf, terseFields } from '../../actors/wifi/nmcli-output.ts';
import { HOME, NMCLI, standIn } from './stand-in.ts';

const manager = () => nmcli({ program: NMCLI });
const home = { ssid: HOME.ssid, password: HOME.password, security: 'wpa2' } as const;

test('fields with : and \\ are read as nmcli writes them', () => {
  const written = (field: string) => field.replaceAll(/[\\:]/g, (each) => `\\${each}`);
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (fields) => {
      assert.deepEqual(terseFields(fields.map(written).join(':')), fields);
    }),
    { seed: 20_261_127, numRuns: 300 },
  );
});

test('networks: the strongest first, each once, hidden ones left out, with how they ask for a password', () => {
  const scan = [
    'a:30:WPA2',
    'a:60:WPA2',
    ':90:WPA2',
    'b\\:c:50:--',
    'old:20:WEP',
    'new:10:WPA3',
    'both:9:WPA2 WPA3',
    'firm:8:WPA2 802.1X',
  ];
  assert.deepEqual(networksOf(`${scan.join('\n')}\n`), [
    { ssid: 'a', signalPercent: 60, security: 'wpa2' },
    { ssid: 'b:c', signalPercent: 50, security: 'open' },
    { ssid: 'old', signalPercent: 20, security: 'unsupported' },
    { ssid: 'new', signalPercent: 10, security: 'wpa3' },
    { ssid: 'both', signalPercent: 9, security: 'wpa2' },
    { ssid: 'firm', signalPercent: 8, security: 'unsupported' },
  ]);
  fc.assert(
    fc.property(fc.string(), (text) => assert.ok(networksOf(text).length <= 40)),
    { seed: 20_261_127, numRuns: 200 },
  );
});

test('a network is joined and remembered; its password is in no argument, and as the key that the standard makes of it', async () => {
  const machine = standIn();
  await manager().join(home);
  assert.deepEqual(machine.profiles(), ['earshot-wifi']);
  assert.equal(machine.setting('earshot-wifi', 'psk'), HOME.psk);
  assert.equal(machine.setting('earshot-wifi', 'autoconnect'), 'yes');
  assert.equal(machine.setting('earshot-wifi', '802-11-wireless-security.proto'), 'rsn');
  assert.ok(await manager().isOnline());
  for (const call of machine.calls()) assert.ok(!call.includes(HOME.password) && !call.includes(HOME.psk), call);
});

test('a network that cannot be joined is forgotten, with the reason; the one before stays', async () => {
  const machine = standIn();
  await manager().join(home);
  const refused = (
    network: { ssid: string; password: string | undefined; security: 'wpa2' | 'open' | 'unsupported' },
    message: RegExp,
  ) => assert.rejects(manager().join(network), { code: 'wifi_refused', message });
  await refused({ ...home, password: 'wrong password' }, /^The password is wrong$/);
  await refused({ ...home, ssid: 'far away' }, /not in reach/);
  await refused({ ...home, security: 'unsupported' }, /not supported/);
  machine.write('no-address', HOME.ssid);
  await refused(home, /no address/);
  assert.deepEqual(machine.profiles(), ['earshot-wifi']);
  assert.equal(machine.setting('earshot-wifi', 'psk'), HOME.psk);
});

test('an open network, whose name has characters that nmcli escapes', async () => {
  const machine = standIn();
  await manager().join({ ssid: 'Cafe: new', password: undefined, security: 'open' });
  assert.equal(machine.setting('earshot-wifi', 'ssid'), 'Cafe: new');
  assert.equal(machine.setting('earshot-wifi', '802-11-wireless-security.key-mgmt'), undefined);
});

test('the access point: WPA2 with AES, not opened by itself, and not a way out; it closes, also when it is not there', async () => {
  const machine = standIn();
  const { openHotspot, closeHotspot, isOnline } = manager();
  assert.equal(await openHotspot({ ssid: 'Earshot ab2c', password: 'abcdefgh2345' }), '10.42.0.1');
  const of = (name: string) => machine.setting('earshot-hotspot', name);
  assert.deepEqual(
    [of('mode'), of('autoconnect'), of('ipv4.addresses'), of('802-11-wireless-security.pairwise')],
    ['ap', 'no', '10.42.0.1/24', 'ccmp'],
  );
  assert.match(of('psk') ?? '', /^[0-9a-f]{64}$/);
  assert.equal(await isOnline(), false);
  await closeHotspot();
  await closeHotspot();
  assert.deepEqual(machine.profiles(), []);
});

test('a machine without a radio, or without NetworkManager, is told so', async () => {
  const machine = standIn();
  machine.write('no-radio', '');
  const hotspot = { ssid: 'Earshot ab2c', password: 'abcdefgh2345' };
  assert.deepEqual(await manager().networks(), []);
  await assert.rejects(manager().openHotspot(hotspot), { code: 'wifi_unavailable', message: /No suitable device/ });
  const missing = nmcli({ program: '/nowhere/nmcli' });
  await assert.rejects(missing.isOnline(), { code: 'wifi_unavailable', hint: /apt-get install network-manager/ });
  await assert.rejects(missing.join(home), { code: 'wifi_unavailable' });
});

test('all Wi-Fi networks are forgotten, and no others', async () => {
  const machine = standIn();
  await manager().join(home);
  await manager().forgetNetworks();
  assert.deepEqual(machine.profiles(), []);
  assert.ok(!machine.calls().some((call) => call.includes('delete uuid cable')));
});

test('an unknown failure is passed on', () => {
  assert.match(joinError('something new', undefined).message, /something new/);
});
