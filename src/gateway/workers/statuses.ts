/**
 * Collects what all processes of a gateway tell of themselves, for the worker that was asked.
 */
import type { Clock } from '../../core/time/clock.ts';
import type { GatewayStatus } from '../metrics/gateway-status.ts';
import type { ToPrimary } from './messages.ts';
import type { Worker } from './worker.ts';

/** A worker that takes longer is left out. */
const PATIENCE_MS = 1_000;

export interface GatherOptions {
  workers: readonly Pick<Worker, 'slot' | 'isReady' | 'send'>[];
  /** That of the primary. */
  own: () => GatewayStatus;
  clock: Clock;
}

export interface Statuses {
  receive(slot: number, message: ToPrimary): void;
}

export function gatherStatuses({ workers, own, clock }: GatherOptions): Statuses {
  const calls = new Map<number, { from: Set<number>; onStatus: (status: GatewayStatus) => void }>();
  let lastCall = 0;

  function gather(asking: number, answer: (statuses: GatewayStatus[]) => void): void {
    const others = workers.filter(({ slot, isReady }) => slot !== asking && isReady());
    const statuses = [own()];
    lastCall += 1;
    const call = lastCall;
    const from = new Set(others.map(({ slot }) => slot));
    const finish = () => {
      calls.delete(call);
      clock.clearTimeout(patience);
      answer(statuses);
    };
    const patience = clock.setTimeout(finish, PATIENCE_MS);
    if (others.length === 0) return finish();
    calls.set(call, {
      from,
      onStatus(status) {
        statuses.push(status);
        if (from.size === 0) finish();
      },
    });
    for (const worker of others) worker.send({ kind: 'tell status', call });
  }

  return {
    receive(slot, message) {
      if (message.kind === 'status') {
        const call = calls.get(message.call);
        if (call?.from.delete(slot)) call.onStatus(message.status);
      }
      if (message.kind === 'tell statuses') {
        gather(slot, (statuses) =>
          workers.find((worker) => worker.slot === slot)?.send({ kind: 'statuses', call: message.call, statuses }),
        );
      }
    },
  };
}
