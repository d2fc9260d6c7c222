/**
 * A gateway in this process with an embedded cloud, as `earshot start` has it. Its data is deleted at the end.
 */
import type { Responder } from '../../../actors/responder/responder.ts';
import { makeTemporaryFolder } from '../../core/files/temporary-folder.ts';
import { DEFAULT_LIMITS, type Limits } from '../../core/limits/limits.ts';
import type { Log } from '../../core/log/log.ts';
import { startGateway } from '../../gateway/gateway.ts';
import { type GatewayCloud, openGatewayCloud } from '../../gateway/gateway-cloud.ts';

export interface TemporaryGateway {
  url: string;
  close(): Promise<void>;
}

/** What a responder with resources of its own gets from its gateway. */
export interface ResponderHome {
  cloud: GatewayCloud;
  /** The state folder. */
  state: string;
  limits: Limits;
  log: Log;
}

export interface OpenedResponder {
  responder: Responder;
  close(): Promise<void>;
}

export type OpenHomeResponder = (home: ResponderHome) => Promise<OpenedResponder>;

/** A responder with an embedded cloud and no gateway. */
export async function openTemporaryResponder(
  open: OpenHomeResponder,
  log: Log,
): Promise<OpenedResponder & { home: ResponderHome }> {
  const state = makeTemporaryFolder('gateway');
  const cloud = openGatewayCloud({ state: state.path, isOpen: true, isEphemeral: true, log });
  const closeHome = async () => {
    await cloud.close();
    state.remove();
  };
  try {
    const home = { cloud, state: state.path, limits: DEFAULT_LIMITS, log };
    const { responder, close } = await open(home);
    return { home, responder, close: () => close().finally(closeHome) };
  } catch (error) {
    await closeHome();
    throw error;
  }
}

export async function startTemporaryGateway(open: OpenHomeResponder, log: Log): Promise<TemporaryGateway> {
  const { home, responder, close } = await openTemporaryResponder(open, log);
  const { cloud, limits } = home;
  try {
    const gateway = await startGateway({ host: '127.0.0.1', port: 0, responder, cloud, limits, log });
    return { url: gateway.url, close: () => gateway.close().finally(close) };
  } catch (error) {
    await close();
    throw error;
  }
}
