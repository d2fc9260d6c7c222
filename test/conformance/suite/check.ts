/**
 * The suite: checks of a backend, each with an id, and whether they hold where they should.
 */
import assert from 'node:assert/strict';
import type { Backend, BackendName } from './backend.ts';
import { DIFFERENCES, type Difference } from './differences.ts';

export interface Check {
  /** `subject.what` */
  id: string;
  /** What holds. */
  title: string;
  /** It takes its time: not in `npm test`. */
  isLong?: boolean;
  run(backend: Backend): Promise<void>;
}

export function differenceOf(check: Check, backend: BackendName): Difference | undefined {
  return DIFFERENCES.find((each) => each.backend === backend && each.checks.includes(check.id));
}

/** Empties the deployment, runs the check, and compares with what is declared. @throws where they do not agree */
export async function verify(check: Check, backend: Backend): Promise<void> {
  const difference = differenceOf(check, backend.name);
  while (!(await backend.mutation<boolean>('write:clear'))) {}
  const error = await check.run(backend).then(
    () => undefined,
    (thrown: Error) => thrown,
  );
  if (!difference) {
    if (error) throw error;
  } else if (!error) {
    assert.fail(`${check.id} holds on ${backend.name} and is declared as a difference: take it out of differences.ts`);
  } else {
    assert.match(error.message, difference.fails, `${check.id} fails otherwise than declared in differences.ts`);
  }
}
