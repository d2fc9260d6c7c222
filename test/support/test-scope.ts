/**
 * A scope for test code outside of an actor: an exception in it fails the test.
 */

import { createScope, type OwnedScope } from '../../src/core/actor/scope.ts';
import { silentLog } from '../../src/core/log/log.ts';
import type { Clock } from '../../src/core/time/clock.ts';

export function testScope(clock: Clock): OwnedScope {
  const onCrash = (error: unknown) => {
    throw error;
  };
  return createScope('a test', { clock, log: silentLog, onCrash });
}
