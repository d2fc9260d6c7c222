/**
 * The embedded cloud with the functions of the suite, in a process of its own that can be killed and started again.
 */
import { adminKeyOf } from '../../../src/cloud/admin-key.ts';
import { startRestartableCloud } from '../../support/restartable-cloud.ts';
import { SUITE_KEY } from './suite-key.ts';

/** The suite's clients show no key: they are many at a time, and what they send may be long. */
const LIMITS = ['cloudHandshakes=off', 'cloudFailures=off', 'cloudCallBytes=20000000', 'cloudUnprovenBytes=off'];

export async function startEmbeddedCloudOfSuite() {
  const cloud = await startRestartableCloud({
    file: new URL('embedded-process.ts', import.meta.url),
    settings: { limits: LIMITS },
  });
  return Object.assign(cloud, { adminKey: adminKeyOf(SUITE_KEY) });
}
