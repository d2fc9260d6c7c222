/**
 * A gateway with many devices connected: what that costs its cloud, and how fast a change reaches those who watch.
 */
import type { ConvexClient } from 'convex/browser';
import { api } from '../../../convex/_generated/api.js';
import { quantile } from '../gateway/results.ts';
import { connectDevices, type Devices } from './devices.ts';
import type { Product } from './product.ts';
import { deviceName } from './seed.ts';

const SETTLED_WITHIN_S = 60;
const SETTLED_MS = 20;

export interface Connected {
  devices: number;
  connectMs: number;
  /** Also for what connecting sets in motion: sessions and presence are written. */
  cpuMs: number;
  /** Share of one core. */
  idlePercent: number;
  memoryMb: number;
  changeMs: { p50: number; p95: number };
  /** Executions of queries for one change; three watch it. */
  executionsPerChange: number;
}

export interface ConnectedOptions {
  devices: number;
  changes: number;
  idleSeconds: number;
  /** Before the memory is measured. */
  fill?(product: Product): Promise<void>;
}

export async function measureConnected(product: Product, options: ConnectedOptions): Promise<Connected> {
  const { devices: count, changes, idleSeconds, fill } = options;
  const cpuBefore = product.cloudCpuMs();
  const devices = await connectDevices(product.gatewayUrl, count);
  await settled(product);
  const cpuMs = product.cloudCpuMs() - cpuBefore;
  const idlePercent = await idleCpu(product, idleSeconds);
  const { client, close } = product.client('operator');
  try {
    const changed = await measureChanges(product, client, devices, { count, changes });
    await fill?.(product);
    return {
      devices: count,
      connectMs: devices.connectMs,
      cpuMs,
      idlePercent,
      ...changed,
      memoryMb: product.cloudMemoryMb(),
    };
  } finally {
    devices.close();
    await close();
  }
}

/** Until a second costs hardly anything. */
async function settled(product: Product): Promise<void> {
  for (let i = 0; i < SETTLED_WITHIN_S; i++) {
    const beforeMs = product.cloudCpuMs();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    if (product.cloudCpuMs() - beforeMs < SETTLED_MS) return;
  }
}

async function idleCpu(product: Product, seconds: number): Promise<number> {
  const [beforeMs, startedMs] = [product.cloudCpuMs(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  return ((product.cloudCpuMs() - beforeMs) / (performance.now() - startedMs)) * 100;
}

/** Each device's settings are watched by the gateway (its token and its settings), and here by the operator. */
async function measureChanges(
  product: Product,
  client: ConvexClient,
  devices: Devices,
  { count, changes }: { count: number; changes: number },
): Promise<Pick<Connected, 'changeMs' | 'executionsPerChange'>> {
  const heard = new Map<string, (volumePercent: number | undefined) => void>();
  const first = Array.from({ length: count }, (_, i) => {
    const device = deviceName(i);
    return new Promise<void>((resolve, reject) => {
      client.onUpdate(
        api.settings.get,
        { device },
        ({ volumePercent }) => {
          heard.get(device)?.(volumePercent);
          resolve();
        },
        reject,
      );
    });
  });
  await Promise.all(first);
  const executionsBefore = await product.executions();
  const times: number[] = [];
  for (let change = 0; change < changes; change++) {
    const i = (change * 37) % count;
    const device = deviceName(i);
    // None that it could have had before.
    const volumePercent = 100 - (change % 2);
    const bufferMs = change;
    const beganMs = performance.now();
    const told = [
      devices.hears(i, volumePercent),
      new Promise<void>((resolve) => heard.set(device, (seen) => seen === volumePercent && resolve())),
    ];
    await client.mutation(api.settings.set, { device, settings: { volumePercent, bufferMs } });
    await Promise.all(told);
    times.push(performance.now() - beganMs);
    heard.delete(device);
  }
  times.sort((a, b) => a - b);
  return {
    changeMs: { p50: quantile(times, 0.5), p95: quantile(times, 0.95) },
    executionsPerChange: ((await product.executions()) - executionsBefore) / changes,
  };
}
