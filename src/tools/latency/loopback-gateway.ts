/**
 * A gateway in this process, as `earshot start` has it. Its recordings are deleted at the end.
 */

import { makeTemporaryFolder } from '../../core/files/temporary-folder.ts';
import type { Log } from '../../core/log/log.ts';
import { startGateway } from '../../gateway/gateway.ts';
import { openGatewayCloud } from '../../gateway/gateway-cloud.ts';
import { responderNamed } from '../../gateway/responders.ts';

export interface LoopbackGateway {
  url: string;
  close(): Promise<void>;
}

export async function startLoopbackGateway(responder: string, log: Log): Promise<LoopbackGateway> {
  const state = makeTemporaryFolder('gateway');
  const cloud = openGatewayCloud({ state: state.path, isOpen: true, isEphemeral: true, log });
  const end = async () => {
    await cloud.close();
    state.remove();
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
