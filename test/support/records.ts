/**
 * Records in the form of the gateway's queue.
 */
import type { QueuedRecord } from '../../actors/cloud/records.ts';
import type { CloudTurnRecord } from '../../convex/turns.ts';

type Of<Kind extends QueuedRecord['kind']> = Extract<QueuedRecord, { kind: Kind }>;

/** A UUIDv7 made from a number. */
export const turnId = (n: number): string => `01890a5d-ac96-774b-bcce-${String(n).padStart(12, '0')}`;

export function queuedTurn(n: number, changes: Partial<CloudTurnRecord> = {}, device = 'kitchen'): Of<'turn'> {
  const record: CloudTurnRecord = {
    ...{ turn: turnId(n), session: 's', trigger: 'key', offline: false, startedAt: 1, state: 'streaming' },
    ...changes,
  };
  return { kind: 'turn', device, record };
}

export function queuedSession(n: number, device = 'kitchen'): Of<'session'> {
  return { kind: 'session', device, session: { session: turnId(n), openedAt: 1 } };
}

/** A report of the nth second. */
export function queuedReport(n: number, device = 'kitchen'): Of<'report'> {
  return { kind: 'report', device, report: { at: n * 1_000, figures: { n } } };
}
