/**
 * A scope for what a test runs outside of any actor: what throws in it fails the test.
 */
import type { Clock } from '../../src/clock.ts';
import { silentLog } from '../../src/log.ts';
import { createScope, type OwnedScope } from '../../src/scope.ts';

export function testScope(clock: Clock): OwnedScope {
  const onCrash = (error: unknown) => {
    throw error;
  };
  return createScope('a test', { clock, log: silentLog, onCrash });
}
