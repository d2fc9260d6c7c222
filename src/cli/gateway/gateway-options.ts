/**
 * The options of `earshot gateway`.
 */
import { availableParallelism } from 'node:os';
import { EarshotError } from '../../core/errors.ts';
import type { MdnsChoice } from '../../gateway/announce-gateway.ts';
import { HOME_ASSISTANT } from '../../gateway/responders.ts';
import { type ProxyHeaderName, type TrustedProxies, trustedProxies } from '../../server/client.ts';
import type { AssistantOptions } from '../terminal/assistant-options.ts';
import type { CloudOption } from '../terminal/cloud-option.ts';
import type { HomeAssistantOptions } from '../terminal/home-assistant-options.ts';
import type { InspectOptions } from '../terminal/inspect-options.ts';
import type { LimitOptions } from '../terminal/limit-options.ts';
import type { LogFlags, StateOption } from '../terminal/options.ts';
import type { TracingFlags } from '../terminal/tracing-option.ts';
import type { WebFlags } from '../terminal/web-options.ts';
import type { MqttFlags } from './mqtt-option.ts';

export interface GatewayCommandOptions
  extends LogFlags,
    StateOption,
    CloudOption,
    InspectOptions,
    LimitOptions,
    AssistantOptions,
    HomeAssistantOptions,
    MqttFlags,
    TracingFlags,
    WebFlags {
  host: string;
  port: number;
  responder: string;
  open?: boolean;
  trustProxy: string[];
  proxyHeader: ProxyHeaderName;
  drainTimeout: number;
  workers: number | 'auto';
  mdns: MdnsChoice;
  json?: boolean;
}

/** @throws EarshotError `usage` */
export function proxiesOf({
  trustProxy,
  proxyHeader,
}: Pick<GatewayCommandOptions, 'trustProxy' | 'proxyHeader'>): TrustedProxies {
  if (proxyHeader === 'proxy-protocol' && trustProxy.length === 0) {
    throw new EarshotError(
      'usage',
      'No proxy is trusted, so none is believed who its client is',
      'Name it with --trust-proxy.',
    );
  }
  return trustedProxies(trustProxy, proxyHeader);
}

/** How many processes serve devices. @throws EarshotError `usage` */
export function workersOf({
  workers,
  responder,
  inspect,
  stately,
  record,
  recordAudio,
}: GatewayCommandOptions): number {
  const count = workers === 'auto' ? availableParallelism() : workers;
  if (count > 1 && responder === HOME_ASSISTANT) {
    const hint = 'Use it without --workers.';
    throw new EarshotError('usage', 'Home Assistant finds each device at a port of one process', hint);
  }
  if (count > 1 && (inspect !== undefined || stately !== undefined || record || recordAudio)) {
    throw new EarshotError('usage', 'The inspector shows one process', 'Use it without --workers.');
  }
  return count;
}
