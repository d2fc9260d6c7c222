/**
 * A gateway in this process whose devices are satellites: real sockets, the real cloud, codec and voice.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chooseResponder } from '../../src/cli/terminal/gateway-responder.ts';
import { homeAssistantFile } from '../../src/core/files/paths.ts';
import { DEFAULT_LIMITS } from '../../src/core/limits/limits.ts';
import { type Log, silentLog } from '../../src/core/log/log.ts';
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts';
import { type GatewayCloud, openGatewayCloud } from '../../src/gateway/gateway-cloud.ts';
import { freePort } from '../support/free-port.ts';

export interface SatelliteGateway {
  gateway: Gateway;
  cloud: GatewayCloud;
  state: string;
  /** Of a device that has connected; 1 before. */
  portOf(device: string): number;
  /** Base64. */
  key(): string;
  close(): Promise<void>;
}

export async function startSatelliteGateway(
  options: { isPlaintext?: boolean; log?: Log } = {},
): Promise<SatelliteGateway> {
  const { isPlaintext = false, log = silentLog } = options;
  const state = mkdtempSync(join(tmpdir(), 'earshot-test-satellites-'));
  const port = await freePort();
  const openResponder = await chooseResponder({
    ...{ responder: 'home-assistant', homeAssistantPort: port, homeAssistantPlaintext: isPlaintext },
  });
  const limits = DEFAULT_LIMITS;
  const cloud = openGatewayCloud({ state, isOpen: true, isEphemeral: true, limits, log });
  const answering = await openResponder({ cloud, state, limits, log });
  const { responder, voice, onNotification } = answering;
  const gateway = await startGateway({
    ...{ host: '127.0.0.1', port: 0, responder, cloud, limits, log },
    ...(voice && { voice }),
    ...(onNotification && { onNotification }),
  });
  const kept = () => JSON.parse(readFileSync(homeAssistantFile(state), 'utf8'));
  return {
    ...{ gateway, cloud, state },
    portOf: (device) => kept().ports[device] ?? 1,
    key: () => kept().key,
    async close() {
      await gateway.close();
      await answering.close();
      await cloud.close();
      rmSync(state, { recursive: true, force: true });
    },
  };
}
