/** Whether a balancer should send further devices to a gateway: `/readyz`. */
import type { QueueStats } from '../../actors/cloud/record-queue.ts';

export interface ReadinessFacts {
  isDraining: boolean;
  isCloudConnected: boolean;
  /** Of the records that wait for the cloud. */
  queue: Pick<QueueStats, 'waiting' | 'limit' | 'bytes' | 'byteLimit'>;
}

/** Why not; empty: it is ready. */
export function reasonsNotReady({ isDraining, isCloudConnected, queue }: ReadinessFacts): string[] {
  const hasRoom = queue.waiting < queue.limit && queue.bytes < queue.byteLimit;
  return [
    ...(isDraining ? ['the gateway is draining'] : []),
    ...(hasRoom || isCloudConnected ? [] : ['the cloud does not answer, and the queue of records is full']),
  ];
}
