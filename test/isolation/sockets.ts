/**
 * Networks of devices and their connections at a gateway, over real WebSockets; and networks without a reachable
 * gateway.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { defineNetwork } from '../../actors/network/network.ts';
import { dialer } from '../../actors/network/websocket.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import { actorLogic } from '../../machines/adapter/actor-host.ts';
import { supervised } from '../../machines/supervise.ts';
import { createChannel } from '../../src/core/actor/channel.ts';
import type { UplinkPacket } from '../../src/core/actor/data-plane.ts';
import { networkContract } from '../../src/core/contracts/index.ts';
import type { Log } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import type { StoredTurn } from '../../src/core/turn-store/turn-file.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import { encodePacket } from '../../src/protocol/packet.ts';
import { fakeBoot } from '../support/fake-boot.ts';
import { once } from '../support/in-time.ts';
import { withoutCloud } from '../support/no-cloud.ts';
import { eventually, type Scenario, underSupervision } from './scenario.ts';

const HELLO = {
  type: 'hello',
  protocol: 1,
  audio: { codec: 'opus', sampleRateHz: 16_000, channels: 1, frameMs: 20, framesPerPacket: 1 },
  playback: { bufferMs: 600 },
} as const;
const id = (n: number) => `01890a5d-ac96-774b-bcce-${String(n).padStart(12, '0')}`;
const goOn = () => sleep(2);

async function run(log: Log): Promise<string[]> {
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    responder: parrot,
    cloud: withoutCloud({ has: () => false, async record() {} }),
    log,
  });
  const stranger = await listening(createServer((_, response) => response.writeHead(404).end()));
  const closed = await listening(createServer());
  const [nobody] = [addressOf(closed), closed.close()];
  const networks = [gateway.url, gateway.url, addressOf(stranger), nobody].map((address, i) => {
    const uplink = createChannel<UplinkPacket>({ name: 'uplink', limit: 50, whenFull: 'drop-newest' });
    const network = defineNetwork({
      dial: dialer({ gateway: new URL(address) }),
      hello: { ...HELLO, device: { name: `device ${i}` } },
      uplink,
      backlog: createChannel<StoredTurn>({ name: 'backlog', limit: 1, whenFull: 'drop-oldest' }),
      downlink() {},
      onReceiverReport() {},
      watchInterfaces: () => () => {},
      boot: fakeBoot(systemClock),
      random: () => 0,
    });
    const mended = underSupervision(
      supervised(networkContract, actorLogic(networkContract, network, { clock: systemClock, log })),
      systemClock,
    );
    return { ...mended, uplink };
  });
  const [first, second, refused, unreachable] = networks;
  if (!first || !second || !refused || !unreachable) return [];

  /** Acts as the link: dials, and dials again when the connection is closed or the actor has crashed. */
  const dial = ({ send, said }: typeof first) => {
    const before = said('network.opened');
    send({ type: 'network.connect' });
    let ends = said('network.closed') + said('actor.restarted');
    return async () => {
      if (said('network.opened') > before) return;
      const now = said('network.closed') + said('actor.restarted');
      if (now > ends) send({ type: 'network.connect' });
      ends = now;
      await goOn();
    };
  };
  const open = (network: typeof first) => {
    const before = network.said('network.opened');
    return eventually(() => network.said('network.opened') > before, 'a connection', dial(network));
  };
  const talk = async (network: typeof first, turn: number) => {
    network.send({ type: 'turn.start', turn, id: id(turn), trigger: 'key', startedAtMs: 0 });
    for (const sequence of [0, 1, 2]) {
      const final = sequence === 2;
      const place = { turn, sequence, timestamp: sequence * 320, final };
      const bytes = encodePacket({ ...place, discontinuity: false, pcm: false, frames: [Uint8Array.of(8, 1, 2)] });
      network.uplink.send({ turn, sequence, frames: 1, final, bytes });
      // The next packet comes alone.
      await sleep(5);
    }
  };

  for (const each of [refused, unreachable]) each.send({ type: 'network.connect' });
  await open(second);
  await open(first);
  for (const each of [first, second]) await talk(each, 1);
  await eventually(() => second.said('turn.done') === 1, 'the answer to the second device', goOn);
  // A client that sends WebSocket pings: the third connection.
  const pinging = new WebSocket(`${gateway.url}/v1/stream`, 'earshot.v1');
  pinging.on('error', () => {});
  await once(pinging, 'open');
  pinging.ping();
  pinging.pong();
  await sleep(20);
  pinging.terminate();
  const failed = (each: typeof first) => each.said('network.closed') + each.said('actor.restarted') > 0;
  await eventually(() => failed(refused) && failed(unreachable), 'an unreachable gateway is reported', goOn);
  first.send({ type: 'network.close', reason: 'enough' });
  await eventually(() => gateway.connections() === 1, 'the end of the first connection', goOn);
  await open(first);
  const before = first.said('turn.done');
  await talk(first, 2);
  await eventually(() => first.said('turn.done') > before, 'the next answer to the first device', goOn);
  const wrong = second.said('actor.restarting') > 0 ? ['the second network was affected'] : [];
  for (const each of networks) each.stop();
  await Promise.all([gateway.close(), once(stranger.close(), 'close')]);
  return wrong;
}

async function listening(server: Server): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function addressOf(server: Server): string {
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export const sockets: Scenario = {
  name: 'two devices over real sockets, and two that reach no gateway',
  run,
  // The second device connects first.
  subjects: /^(network#[134]|a connection#[23]|deviceConnection#2) /,
};
