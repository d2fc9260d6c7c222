/**
 * A check of the doctor, and its findings.
 */
import type { System } from './system.ts';

/** `skip`: does not apply. Only after `fail` can Earshot not work. */
export type Status = 'ok' | 'warn' | 'fail' | 'skip';

export interface CheckFinding {
  status: Status;
  /** What was found. */
  detail: string;
  /** What to do; every warning and failure has one. */
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
