/** Set-up of a device: the machine `provisioning` with NetworkManager, the link to the gateway, and the page. */
import { createActor } from 'xstate';
import { watchInterfaces } from '../../../actors/network/interface-watch.ts';
import { defineNetwork } from '../../../actors/network/network.ts';
import type { Dial } from '../../../actors/network/socket.ts';
import type { Hotspot, NetworkManager, WifiNetwork } from '../../../actors/wifi/network-manager.ts';
import { type ChosenNetwork, defineWifi } from '../../../actors/wifi/wifi.ts';
import { actorLogic } from '../../../machines/adapter/actor-host.ts';
import { machineLogic } from '../../../machines/adapter/contract-logic.ts';
import { link } from '../../../machines/link.ts';
import { provisioning } from '../../../machines/provisioning.ts';
import { supervised } from '../../../machines/supervise.ts';
import { type LinkContract, networkContract, wifiContract } from '../../core/contracts/index.ts';
import { EarshotError } from '../../core/errors.ts';
import type { Log } from '../../core/log/log.ts';
import type { Clock } from '../../core/time/clock.ts';
import { thisBoot } from '../../core/time/this-boot.ts';
import { ownAddresses } from '../../discovery/mdns-network.ts';
import type { Hello } from '../../protocol/control.ts';
import { PIPELINE } from '../pipeline/pipeline.ts';
import { ownNames, type SetupPage, serveSetupPage } from './page-server.ts';
import type { SetupForm, SetupStatus, SetupStep } from './setup-status.ts';

/** How the device connects to a gateway, and where its token goes. */
export interface SetupGateway {
  dial: Dial;
  /** @throws EarshotError `store_failed`, `store_full` */
  onToken(token: string): void;
}

export interface SetupOptions {
  networkManager: NetworkManager;
  hotspot: Hotspot;
  hello: Hello;
  isPaired: boolean;
  /** @param address undefined: the one in the network. @throws EarshotError (by rejection) `usage` */
  connectTo: (address: string | undefined) => Promise<SetupGateway>;
  /** Of the page. 0: any. */
  port: number;
  /** Of the page in the network that was joined; default: all. */
  pageHost?: string;
  /** For `systemctl status`, and for people who start it by hand. */
  onStatus: (status: SetupStatus, page: string | undefined) => void;
  clock: Clock;
  log: Log;
}

export interface Setup {
  /** Resolves when the device has a network and is paired. Rejects where the page cannot be served. */
  done: Promise<void>;
  /** Closes the access point. */
  stop(): Promise<void>;
}

/** Where the page is, and what may be done there. */
interface PagePlace {
  host: string;
  hosts: readonly string[];
  hasForm: boolean;
}

export async function startSetup(options: SetupOptions): Promise<Setup> {
  const {
    networkManager,
    hotspot,
    hello,
    isPaired,
    connectTo,
    port,
    pageHost = '0.0.0.0',
    onStatus,
    clock,
    log,
  } = options;
  const hosting = { clock, log };
  let networks: WifiNetwork[] = [];
  let chosen: ChosenNetwork | undefined;
  let address: string | undefined;
  /** A paired device needs a network only. */
  let gateway = isPaired ? undefined : await connectTo(undefined);

  const network = defineNetwork({
    ...{ hello, watchInterfaces: watchInterfaces(), boot: thisBoot(), random: Math.random },
    ...{ uplink: PIPELINE.uplink.open(), backlog: PIPELINE.backlog.open(), downlink() {}, onReceiverReport() {} },
    dial(handlers, scope) {
      if (!gateway) throw new Error('a paired device has no link in its set-up');
      return gateway.dial(handlers, scope);
    },
    onToken: (token) => gateway?.onToken(token),
  });
  const wifi = defineWifi({
    ...{ networkManager, hotspot, chosen: () => chosen },
    onNetworks(found) {
      networks = found;
    },
  });
  const actor = createActor(
    provisioning.provide({
      actors: {
        wifi: supervised(wifiContract, actorLogic(wifiContract, wifi, hosting)),
        link: machineLogic<LinkContract>(
          link.provide({
            actors: { network: supervised(networkContract, actorLogic(networkContract, network, hosting)) },
          }),
        ),
      },
    }),
    { clock },
  );

  function status(): SetupStatus {
    const { error, code } = actor.getSnapshot().context;
    return {
      ...{ step: step(), device: hello.device.name, networks },
      ...(chosen && { ssid: chosen.ssid }),
      ...(address !== undefined && { gateway: address }),
      ...(error && { error: { message: error.message, hint: error.hint } }),
      ...(code !== undefined && { code }),
    };
  }

  function step(): SetupStep {
    const snapshot = actor.getSnapshot();
    if (snapshot.matches('done')) return 'done';
    if (snapshot.matches('joining')) return 'joining';
    if (snapshot.matches({ online: 'pairing' })) return 'pairing';
    return snapshot.matches('online') ? 'searching' : 'choose';
  }

  async function onForm({ ssid, password, gateway: given }: SetupForm): Promise<void> {
    if (!actor.getSnapshot().matches('hotspot')) {
      throw new EarshotError('wifi_unavailable', 'The device is trying what was entered before', 'Wait a moment.');
    }
    if (!isPaired) {
      address = given || undefined;
      gateway = await connectTo(address);
    }
    if (ssid === undefined) return actor.send({ type: 'provisioning.search' });
    const isAsBefore = password === undefined && chosen?.ssid === ssid;
    if (!isAsBefore) chosen = { ssid, password };
    actor.send({ type: 'provisioning.join' });
  }

  function wantedPlace(): PagePlace | undefined {
    const snapshot = actor.getSnapshot();
    const { address: ours } = snapshot.context;
    if (ours !== undefined) return { host: ours, hosts: [ours], hasForm: true };
    if (!snapshot.matches({ online: 'pairing' })) return undefined;
    return { host: pageHost, hosts: ownNames(ownAddresses('all')), hasForm: false };
  }

  let page: SetupPage | undefined;
  let place: PagePlace | undefined;
  let moving: Promise<void> = Promise.resolve();
  let fail: (error: unknown) => void = () => {};

  /** The page is where the state wants it. One move after the other. */
  function movePage(): void {
    moving = moving
      .then(async () => {
        const wanted = wantedPlace();
        if (wanted?.host === place?.host && wanted?.hasForm === place?.hasForm) return;
        await page?.close();
        [page, place] = [undefined, undefined];
        if (wanted) {
          page = await serveSetupPage({
            ...{ host: wanted.host, hosts: wanted.hosts, port, status, clock, log },
            onForm: wanted.hasForm ? onForm : undefined,
            onVisit: () => actor.send({ type: 'provisioning.visited' }),
          });
          place = wanted;
        }
        onStatus(status(), page && place && `http://${place.hosts[0]}${page.port === 80 ? '' : `:${page.port}`}/`);
      })
      .catch((error) => fail(error));
  }

  const done = new Promise<void>((resolve, reject) => {
    fail = reject;
    actor.on('provisioning.done', () => resolve());
  });
  actor.subscribe(movePage);
  actor.start();
  if (isPaired) actor.send({ type: 'provisioning.paired' });

  return {
    done,
    async stop() {
      actor.stop();
      await moving;
      await page?.close();
      await networkManager.closeHotspot();
    },
  };
}
