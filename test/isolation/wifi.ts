/** Two devices that look for a network; the first one's Wi-Fi actor crashes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NetworkManager } from '../../actors/wifi/network-manager.ts';
import { defineWifi } from '../../actors/wifi/wifi.ts';
import { actorLogic } from '../../machines/adapter/actor-host.ts';
import { supervised } from '../../machines/supervise.ts';
import { type WifiContract, wifiContract } from '../../src/core/contracts/index.ts';
import type { Log } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { eventually, type Scenario, underSupervision } from './scenario.ts';

const HOTSPOT = { ssid: 'Earshot-1234', password: 'a long password' };
const STEPS: [command: WifiContract['receives']['type'], answer: WifiContract['sends']['type']][] = [
  ['wifi.check', 'wifi.offline'],
  ['wifi.host', 'wifi.hosting'],
  ['wifi.join', 'wifi.joined'],
];

const networkManager: NetworkManager = {
  isOnline: async () => false,
  networks: async () => [],
  openHotspot: async () => '10.42.0.1',
  closeHotspot: async () => {},
  join: async () => {},
  forgetNetworks: async () => {},
};

async function run(log: Log): Promise<string[]> {
  const wifi = defineWifi({
    networkManager,
    hotspot: HOTSPOT,
    chosen: () => ({ ssid: 'home', password: 'secret words' }),
    onNetworks() {},
  });
  const hosting = { clock: systemClock, log };
  const open = () => underSupervision(supervised(wifiContract, actorLogic(wifiContract, wifi, hosting)), systemClock);
  const devices = [open(), open()];
  for (const { send, said } of devices) {
    for (const [command, answer] of STEPS) {
      const before = said(answer);
      let restarts = said('actor.restarted');
      send({ type: command });
      await eventually(
        () => said(answer) > before,
        answer,
        async () => {
          if (said('actor.restarted') > restarts) send({ type: command });
          restarts = said('actor.restarted');
          await sleep(2);
        },
      );
    }
  }
  const wrong = (devices[1]?.said('actor.restarting') ?? 0) > 0 ? ['the other device was affected'] : [];
  for (const { stop } of devices) stop();
  return wrong;
}

export const wifi: Scenario = { name: 'two devices that look for a network', run, subjects: /^wifi#1 / };
