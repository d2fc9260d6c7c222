/** Whether the turn of a command is completely in the cloud: record and recording. */
import type { Clock } from '../../core/time/clock.ts';
import { within } from '../../core/time/within.ts';

export interface CloudConfirmation {
  /** A turn is completely in the cloud. */
  note(turnId: string): void;
  has(turnId: string): boolean;
  /** Resolves when this turn is, or after this time. */
  wait(turnId: string, patienceMs: number): Promise<void>;
}

export function createCloudConfirmation(clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>): CloudConfirmation {
  let lastId: string | undefined;
  let onNoted = () => {};
  const has = (turnId: string) => lastId === turnId;
  return {
    note(turnId) {
      lastId = turnId;
      onNoted();
    },
    has,
    async wait(turnId, patienceMs) {
      if (has(turnId)) return;
      const noted = new Promise<void>((resolve) => {
        onNoted = () => has(turnId) && resolve();
      });
      await within(noted, patienceMs, clock);
    },
  };
}
