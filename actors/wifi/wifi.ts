/** The machine's networks as an actor: one command of NetworkManager at a time. */
import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import type { WifiContract } from '../../src/core/contracts/index.ts';
import { EarshotError, errorFields } from '../../src/core/errors.ts';
import type { Hotspot, NetworkManager, WifiNetwork } from './network-manager.ts';

/** What a person has entered. Not in an event: events are recorded. */
export interface ChosenNetwork {
  ssid: string;
  password: string | undefined;
}

export interface WifiOptions {
  networkManager: NetworkManager;
  hotspot: Hotspot;
  chosen: () => ChosenNetwork | undefined;
  /** Those in reach, found before the access point was opened: with it open most radios cannot look. */
  onNetworks: (networks: WifiNetwork[]) => void;
}

export function defineWifi({
  networkManager,
  hotspot,
  chosen,
  onNetworks,
}: WifiOptions): ActorDefinition<WifiContract> {
  let inReach: WifiNetwork[] = [];
  return ({ send, log, run }) => {
    /** The command that is to be answered. */
    let newest: WifiContract['receives'] | undefined;
    let work: Promise<void> = Promise.resolve();
    /** While NetworkManager fails for the same reason, that is logged once: it is asked every few seconds. */
    let logged: string | undefined;

    async function answerTo(command: WifiContract['receives']): Promise<WifiContract['sends'] | undefined> {
      switch (command.type) {
        case 'wifi.check':
          return { type: (await networkManager.isOnline()) ? 'wifi.online' : 'wifi.offline' };
        case 'wifi.host':
          inReach = (await networkManager.networks()).filter(({ ssid }) => ssid !== hotspot.ssid);
          onNetworks(inReach);
          return { type: 'wifi.hosting', address: await networkManager.openHotspot(hotspot) };
        case 'wifi.join':
          await join();
          return { type: 'wifi.joined' };
        case 'wifi.release':
          await networkManager.closeHotspot();
          return undefined;
      }
    }

    async function join(): Promise<void> {
      const network = chosen();
      if (!network) throw new EarshotError('wifi_refused', 'No network was chosen', 'Choose one.');
      const known = inReach.find(({ ssid }) => ssid === network.ssid);
      const security = known?.security ?? (network.password === undefined ? 'open' : 'wpa2');
      await networkManager.join({ ...network, security });
    }

    async function carryOut(command: WifiContract['receives']): Promise<void> {
      try {
        const answer = await answerTo(command);
        logged = undefined;
        if (answer && command === newest) send(answer);
      } catch (error) {
        if (!(error instanceof EarshotError)) throw error;
        const isRefused = error.code === 'wifi_refused';
        if (isRefused || error.message !== logged)
          log.warn('the Wi-Fi does not do what it was asked to', errorFields(error));
        logged = isRefused ? undefined : error.message;
        if (command === newest) send({ type: isRefused ? 'wifi.refused' : 'wifi.failed', error: error.info });
      }
    }

    return {
      receive(event) {
        newest = event;
        const before = work;
        run(async () => {
          work = before.then(() => carryOut(event));
          await work;
        });
      },
      stop() {},
    };
  };
}
