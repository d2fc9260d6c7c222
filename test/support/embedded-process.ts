/**
 * The embedded cloud's process with the project's functions, for tests.
 */
import type { EmbeddedSettings } from '../../src/cloud/messages.ts';
import { signingKeyOf } from '../../src/core/identity/signing-key.ts';
import { type RestartableCloud, startRestartableCloud } from './restartable-cloud.ts';

export interface EmbeddedProcess extends RestartableCloud {
  readonly gatewayKey: string;
  /** From its next start on it accepts tokens of this key, and no others. */
  trust(gatewayKey: string): void;
}

/** @param limits settings of src/core/limits/limits.ts @param root of the source: another one has other functions */
export async function startEmbeddedProcess(
  limits: string[] = [],
  more: Partial<EmbeddedSettings> = {},
  root = new URL('../../', import.meta.url),
): Promise<EmbeddedProcess> {
  const gatewayKey = 'the key of an embedded cloud for tests';
  let { jwks } = signingKeyOf(gatewayKey);
  const cloud = await startRestartableCloud({
    file: new URL('src/cloud/process.ts', root),
    settings: { limits, ...more },
    env: () => ({ EARSHOT_GATEWAY_KEY: gatewayKey, EARSHOT_JWKS: jwks }),
  });
  return Object.assign(cloud, {
    gatewayKey,
    trust(key: string) {
      ({ jwks } = signingKeyOf(key));
    },
  });
}
