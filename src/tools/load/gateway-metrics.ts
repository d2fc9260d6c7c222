/**
 * What a gateway tells of itself during a load test: the metrics of docs/gateway.md, of one gateway or of several together.
 */
import { EarshotError, messageOf } from '../../core/errors.ts';

export interface GatewayMetrics {
  cpuSeconds: number;
  residentBytes: number;
  /** Calls of the cloud, by name. */
  cloudCalls: Record<string, number>;
}

/** A slow gateway answers late; a measurement does not wait longer. */
const PATIENCE_MS = 5_000;
const SAMPLE = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (\S+)$/i;
const CALL = /\bcall="([^"]*)"/;

/** Undefined: not all of them answer with these metrics. @param addresses `http://host:port` */
export async function readGatewayMetrics(addresses: readonly string[]): Promise<GatewayMetrics | undefined> {
  const texts = await Promise.all(addresses.map((address) => read(`${address}/metrics`)));
  const sum: GatewayMetrics = { cpuSeconds: 0, residentBytes: 0, cloudCalls: {} };
  for (const text of texts) {
    if (text === undefined || !text.includes('process_cpu_seconds_total')) return undefined;
    addMetrics(sum, text);
  }
  return sum;
}

/** In Prometheus' text format. */
export function addMetrics(to: GatewayMetrics, text: string): void {
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = SAMPLE.exec(line) ?? [];
    if (name === 'process_cpu_seconds_total') to.cpuSeconds += Number(value);
    if (name === 'process_resident_memory_bytes') to.residentBytes += Number(value);
    if (name !== 'earshot_gateway_cloud_calls_total') continue;
    const call = CALL.exec(labels)?.[1] ?? 'other';
    to.cloudCalls[call] = (to.cloudCalls[call] ?? 0) + Number(value);
  }
}

/** Whether the gateway has an assistant, which does not repeat what it hears. @throws EarshotError `gateway_unreachable` (by rejection) */
export async function hasAssistant(address: string): Promise<boolean> {
  try {
    const response = await fetch(`${address}/health`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const health = (await response.json()) as { providers?: unknown };
    return health.providers !== undefined;
  } catch (cause) {
    const message = `The gateway at ${address} does not tell what it is: ${messageOf((cause as Error).cause ?? cause)}`;
    throw new EarshotError('gateway_unreachable', message, 'Check --gateway, and that the gateway runs.', { cause });
  }
}

async function read(address: string): Promise<string | undefined> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return response.ok ? await response.text() : undefined;
  } catch {
    // It is restarting, or tells nobody: the report says that it was not told.
    return undefined;
  }
}
