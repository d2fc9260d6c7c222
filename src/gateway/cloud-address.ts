/**
 * The address of the cloud: CONVEX_URL with EARSHOT_GATEWAY_KEY, or, for the operator's commands, the embedded cloud of
 * a gateway on this machine, which writes its address to the state folder.
 */
import * as v from 'valibot';
import { EarshotError } from '../core/errors.ts';
import { cloudAddressFile, defaultStateFolder } from '../core/files/paths.ts';
import { signingKeyOf } from '../core/identity/signing-key.ts';
import { tenantOf } from '../core/identity/tenant.ts';
import { publish, readPublished, unpublish } from './published.ts';

export interface CloudAddress {
  url: string;
  gatewayKey: string;
}

/** With the tenant in whose name the operator calls. */
export interface OperatorsCloud extends CloudAddress {
  tenant: string;
}

const published = v.object({ url: v.string(), gatewayKey: v.string() });

/** @throws EarshotError `usage` when one of the two is missing, and for a key that is too short. */
export function deploymentOf(environment: NodeJS.ProcessEnv): CloudAddress | undefined {
  const url = environment.CONVEX_URL;
  const gatewayKey = environment.EARSHOT_GATEWAY_KEY;
  if (!url) return undefined;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new EarshotError('usage', `CONVEX_URL is not an address: ${url}`, 'Write it like http://127.0.0.1:3210');
  }
  if (!gatewayKey) {
    const hint = 'Set it to the key from which EARSHOT_JWKS of the deployment was made.';
    throw new EarshotError('usage', 'CONVEX_URL is set, but EARSHOT_GATEWAY_KEY is not', hint);
  }
  // A key that cannot be used is refused before anything starts.
  signingKeyOf(gatewayKey);
  return { url, gatewayKey };
}

/** The environment variables of a deployment that accepts this key. They are set before the functions are deployed. */
export function deploymentVariables(gatewayKey: string): Record<string, string> {
  return { EARSHOT_JWKS: signingKeyOf(gatewayKey).jwks };
}

/** The cloud for the operator's commands. @throws EarshotError `cloud_not_found`, `store_failed`, `usage` */
export function operatorsCloud(state: string | undefined, environment: NodeJS.ProcessEnv): OperatorsCloud {
  const tenant = tenantOf(environment);
  const address = deploymentOf(environment) ?? readEmbedded(state ?? defaultStateFolder(environment));
  if (address) return { ...address, tenant };
  const hint = 'Start earshot gateway or earshot start here (with the same --state), or set CONVEX_URL.';
  throw new EarshotError('cloud_not_found', 'There is no cloud to connect to', hint);
}

export function publishEmbedded(state: string, { url, gatewayKey }: CloudAddress): void {
  publish(cloudAddressFile(state), { url, gatewayKey });
}

export function forgetEmbedded(state: string): void {
  unpublish(cloudAddressFile(state));
}

/** Of a gateway that runs with an embedded cloud. @throws EarshotError `store_failed` */
export function readEmbedded(state: string): CloudAddress | undefined {
  return readPublished(cloudAddressFile(state), published);
}
