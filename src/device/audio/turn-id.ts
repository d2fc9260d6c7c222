/** The id of a turn: a UUIDv7, which sorts by the time at which the turn began. */
import { v7 as uuidv7 } from 'uuid';

/** @param startedAtMs ms since 1970 */
export function newTurnId(startedAtMs: number): string {
  return uuidv7({ msecs: Math.floor(startedAtMs) });
}
