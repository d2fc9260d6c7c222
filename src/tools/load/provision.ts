/**
 * Devices of a load test in the gateway's cloud, for gateways that admit only paired devices: they are paired here, by the functions that gateway and
 * operator call, and deleted with all that is stored of them.
 */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { ConvexClient } from 'convex/browser';
import { hashTokenSync } from '../../../actors/cloud/access.ts';
import { CloudRefusal } from '../../../actors/cloud/cloud.ts';
import { openClient } from '../../../actors/cloud/convex-cloud.ts';
import { api } from '../../../convex/_generated/api.js';
import { operatorsCloud } from '../../gateway/cloud-address.ts';
import { withCloud } from '../../gateway/operator.ts';
import { nameOfDevice } from './fleet.ts';

/** Codes that wait at the same time; the cloud allows 50, also for devices that people pair meanwhile (convex/pairing.ts). */
const AT_ONCE = 20;
/** A code has six digits. */
const CODES = 1_000_000;
const AS_GATEWAY = { role: 'gateway', subject: 'gateway' } as const;

export interface ProvisionedDevices {
  readonly names: readonly string[];
  /** Of the device with this number, from 0. */
  tokenOf(index: number): string | undefined;
  /** Deletes them, with their turns and recordings. What the cloud deletes later is not waited for. */
  remove(): Promise<void>;
}

export interface ProvisionOptions {
  devices: number;
  /** The state folder of a gateway with an embedded cloud; CONVEX_URL and EARSHOT_GATEWAY_KEY come first. */
  state: string | undefined;
  nameOf?: (index: number) => string;
  onProgress?: (devices: number) => void;
}

/**
 * A device of this name that is paired already gets a new token.
 *
 * @throws EarshotError (by rejection) `cloud_not_found`, `cloud_unavailable`, `not_authorized`, …
 */
export async function provisionDevices(options: ProvisionOptions): Promise<ProvisionedDevices> {
  const { devices, state, nameOf = nameOfDevice, onProgress } = options;
  const names = Array.from({ length: devices }, (_, i) => nameOf(i));
  const tokens = new Map<string, string>();
  const remove = () =>
    withCloud(state, ({ client }) =>
      atOnce([...tokens.keys()], (device) => client.mutation(api.devices.remove, { device })),
    );
  const firstCode = randomInt(CODES);
  await withCloud(state, async ({ client: operator }) => {
    const gateway = openClient({ ...operatorsCloud(state, process.env), claims: AS_GATEWAY });
    try {
      await atOnce(names, async (name) => {
        const code = String((firstCode + names.indexOf(name)) % CODES).padStart(6, '0');
        tokens.set(name, await pair({ name, code, gateway: gateway.client, operator }));
        onProgress?.(tokens.size);
      });
    } finally {
      await gateway.close();
    }
  }).catch(async (error) => {
    if (tokens.size > 0) await remove();
    throw error;
  });
  return { names, tokenOf: (index) => tokens.get(names[index] ?? ''), remove };
}

/** A device to pair, with a code that no other has. */
interface Pairing {
  name: string;
  code: string;
  gateway: ConvexClient;
  operator: ConvexClient;
}

/** @returns the token */
async function pair({ name, code, gateway, operator }: Pairing): Promise<string> {
  const request = randomUUID();
  await gateway.mutation(api.pairing.request, { request, code, device: name });
  const approval = await operator.mutation(api.pairing.approve, { code });
  if (!approval.ok) throw new CloudRefusal(approval.code, approval.message);
  const token = randomBytes(32).toString('base64url');
  await gateway.mutation(api.pairing.claim, { request, tokenHash: hashTokenSync(token) });
  return token;
}

async function atOnce<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const workInTurn = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, workInTurn));
}
