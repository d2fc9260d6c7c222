/**
 * A gateway for protocol tests: on a free port, without a cloud, with a recorder that only notes ids.
 */
import { after, before } from 'node:test';
import { parrot } from '../../actors/responder/parrot.ts';
import type { TurnRecorder } from '../../actors/session/turn-recorder.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import type { WebSettings } from '../../src/gateway/web/web.ts';
import { NO_PROXIES, type TrustedProxies } from '../../src/server/client.ts';
import { withoutCloud } from './no-cloud.ts';

export interface TestGateway {
  readonly url: string;
  /** The ids of the recorded turns, once per recording. */
  readonly recorded: readonly string[];
}

/** `record` may reject to refuse a turn. */
export function startForTest(
  recorded: string[] = [],
  record: TurnRecorder['record'] = async () => {},
  web?: WebSettings,
  proxies: TrustedProxies = NO_PROXIES,
): Promise<Gateway> {
  return startGateway({
    host: '127.0.0.1',
    port: 0,
    responder: parrot,
    cloud: {
      ...withoutCloud({
        has: (_device, id) => recorded.includes(id),
        async record(turn) {
          await record(turn);
          recorded.push(turn.id);
        },
      }),
      // Nothing listens there.
      address: {
        url: Promise.resolve('http://127.0.0.1:1'),
        gatewayKey: 'a key of a gateway, for tests only',
        tenant: 'default',
      },
    },
    ...(web && { web }),
    proxies,
    log: silentLog,
  });
}

/** Starts before the file's tests and stops after them. */
export function gatewayForTests(record?: TurnRecorder['record']): TestGateway {
  const recorded: string[] = [];
  let gateway: Gateway;
  before(async () => {
    gateway = await startForTest(recorded, record);
  });
  after(() => gateway.close());
  return {
    get url() {
      return gateway.url;
    },
    recorded,
  };
}
