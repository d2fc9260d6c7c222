import type { Clock } from '../../core/time/clock.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Authenticator } from './authenticate.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { OneByOne } from './one-by-one.ts';
import type { Subscriptions } from './subscriptions.ts';

/** What all clients of the sync protocol share. */
export interface SyncState {
  runtime: Runtime;
  subscriptions: Subscriptions;
  authenticator: Authenticator;
  /** Later than every commit and every earlier call. */
  timestamp: () => bigint;
  heartbeat: Heartbeat;
  clock: Pick<Clock, 'now' | 'wallNow'>;
  /** For calls of clients that have not shown a key. */
  unproven: OneByOne;
  onError: (error: unknown) => void;
}
