/**
 * Whose devices a gateway serves, and whose data the operator's commands show: `EARSHOT_TENANT`. A device belongs to the tenant of the gateway at
 * which it was paired.
 */
import { DEFAULT_TENANT } from '../../protocol/identity.ts';
import { EarshotError } from '../errors.ts';

const NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

/** @throws EarshotError `usage` for what is no name of a tenant */
export function tenantOf(environment: NodeJS.ProcessEnv): string {
  const name = environment.EARSHOT_TENANT || DEFAULT_TENANT;
  if (NAME.test(name)) return name;
  const hint = 'Use up to 64 lower-case letters, digits and hyphens, like acme-2.';
  throw new EarshotError('usage', `EARSHOT_TENANT is no name of a tenant: ${JSON.stringify(name.slice(0, 100))}`, hint);
}
