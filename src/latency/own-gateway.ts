/**
 * A gateway of one's own on this machine, as `earshot start` has it. What it hears is thrown away with it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateway } from '../gateway/gateway.ts';
import { openGatewayCloud } from '../gateway/gateway-cloud.ts';
import { responderNamed } from '../gateway/responders.ts';
import type { Log } from '../log.ts';

export interface OwnGateway {
  url: string;
  close(): Promise<void>;
}

export async function startOwnGateway(responder: string, log: Log): Promise<OwnGateway> {
  const state = mkdtempSync(join(tmpdir(), 'earshot-gateway-'));
  const cloud = openGatewayCloud({ state, isOpen: true, log });
  const end = async () => {
    await cloud.close();
    rmSync(state, { recursive: true, force: true });
  };
  try {
    const at = { host: '127.0.0.1', port: 0 };
    const gateway = await startGateway({ ...at, responder: responderNamed(responder), cloud, log });
    return {
      url: gateway.url,
      async close() {
        await gateway.close();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
