/**
 * Which worker a key belongs to: the one with the highest hash of worker and key (rendezvous hashing). When a worker ends, only its keys go to
 * others, evenly; when it is back, they return. Pure.
 */
import { createHash } from 'node:crypto';

/** Undefined where there is no worker. @param slots numbers of the workers that there are */
export function slotOf(key: string, slots: readonly number[]): number | undefined {
  let best: { slot: number; score: number } | undefined;
  for (const slot of slots) {
    const score = createHash('sha256').update(`${slot} ${key}`).digest().readUIntBE(0, 6);
    if (!best || score > best.score) best = { slot, score };
  }
  return best?.slot;
}
