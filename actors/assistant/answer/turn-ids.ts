/**
 * Ids of what a turn makes: timers, reminders, alarms. When the turn is answered once more, by another gateway because the first one died, it makes the same
 * ids in the same order, so that there is one of each.
 */
import { v5 as uuidv5 } from 'uuid';

/** Of ids that are made from a turn's. */
const NAMESPACE = '0c6ee7d2-0e3c-4b55-9f4a-5d1d7f0c2a11';

/** @param turnId unique within the device */
export function turnIds(device: string, turnId: string): () => string {
  let made = 0;
  return () => uuidv5(`${device} ${turnId} ${made++}`, NAMESPACE);
}
