/**
 * A gateway in this process with an embedded cloud, as `earshot start` has it. Its data is deleted at the end.
 */
import type { Responder } from '../../../actors/responder/responder.ts';
import { makeTemporaryFolder } from '../../core/files/temporary-folder.ts';
import type { Log } from '../../core/log/log.ts';
import { startGateway } from '../../gateway/gateway.ts';
import { type GatewayCloud, openGatewayCloud } from '../../gateway/gateway-cloud.ts';

export interface TemporaryGateway {
  url: string;
  close(): Promise<void>;
}

/** A responder that may have resources of its own. */
export interface OpenedResponder {
  responder: Responder;
  close?(): Promise<void>;
}

export async function startTemporaryGateway(
  openResponder: (cloud: GatewayCloud) => Promise<OpenedResponder>,
  log: Log,
): Promise<TemporaryGateway> {
  const opened: (() => unknown)[] = [];
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end();
  };
  try {
    const state = makeTemporaryFolder('gateway');
    opened.push(state.remove);
    const cloud = openGatewayCloud({ state: state.path, isOpen: true, isEphemeral: true, log });
    opened.push(cloud.close);
    const { responder, close: closeResponder } = await openResponder(cloud);
    if (closeResponder) opened.push(closeResponder);
    const gateway = await startGateway({ host: '127.0.0.1', port: 0, responder, cloud, log });
    opened.push(gateway.close);
    return { url: gateway.url, close };
  } catch (error) {
    await close();
    throw error;
  }
}
