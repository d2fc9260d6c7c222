/** UUIDs of version 7, the same for the same seed. */
import type { Clock } from '../../src/core/time/clock.ts';
import type { Random } from '../support/random.ts';

export function seededIds(clock: Pick<Clock, 'wallNow'>, random: Random): () => string {
  const hex = (digits: number) =>
    Math.floor(random.next() * 16 ** digits)
      .toString(16)
      .padStart(digits, '0');
  return () => {
    const time = Math.floor(clock.wallNow()).toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(6)}${hex(6)}`;
  };
}
