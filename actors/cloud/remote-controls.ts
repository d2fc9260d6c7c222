/**
 * The controls that the cloud has for the device of one session: each is passed on once. Those of an earlier session were that one's. Pure.
 */
import type { NewestConnection } from '../../convex/connections.ts';
import type { ControlAction } from '../../src/protocol/remote-control.ts';

export interface RemoteControlsOptions {
  session: string;
  pass(action: ControlAction): void;
}

/** Returns what is called whenever the newest connection of the device changes. */
export function createRemoteControls({ session, pass }: RemoteControlsOptions) {
  /** Ids of those that the cloud still lists. */
  let passed: readonly string[] = [];

  return (newest: NewestConnection | undefined): void => {
    const controls = newest?.session === session ? (newest.controls ?? []) : [];
    const before = passed;
    passed = controls.map(({ id }) => id);
    for (const { id, action } of controls) if (!before.includes(id)) pass(action);
  };
}
