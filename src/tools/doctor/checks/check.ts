/**
 * What the doctor asks of a machine, and how it answers.
 */
import type { System } from './system.ts';

/** `skip`: does not apply here. Only a `fail` keeps the line from working. */
export type Status = 'ok' | 'warn' | 'fail' | 'skip';

export interface CheckFinding {
  status: Status;
  /** What was found. */
  detail: string;
  /** What to do about it; there for every warning and failure. */
  hint?: string;
}

export interface Check {
  name: string;
  run(system: System): Promise<CheckFinding[]> | CheckFinding[];
}

export const ok = (detail: string): CheckFinding => ({ status: 'ok', detail });
export const skip = (detail: string): CheckFinding => ({ status: 'skip', detail });
export const warn = (detail: string, hint: string): CheckFinding => ({ status: 'warn', detail, hint });
export const fail = (detail: string, hint: string): CheckFinding => ({ status: 'fail', detail, hint });
