/**
 * All checks, by subject.
 */
import type { Check } from '../suite/check.ts';
import { environment } from './environment.ts';
import { failures } from './failures.ts';
import { files } from './files.ts';
import { http } from './http.ts';
import { identity } from './identity.ts';
import { jobs } from './jobs.ts';
import { limits } from './limits.ts';
import { pages } from './pages.ts';
import { ranges } from './ranges.ts';
import { reads } from './reads.ts';
import { search } from './search.ts';
import { subscriptions } from './subscriptions.ts';
import { transactions } from './transactions.ts';
import { validators } from './validators.ts';
import { values } from './values.ts';
import { writes } from './writes.ts';

export const CHECKS: readonly Check[] = [
  ...values,
  ...ranges,
  ...reads,
  ...writes,
  ...transactions,
  ...validators,
  ...failures,
  ...environment,
  ...pages,
  ...subscriptions,
  ...jobs,
  ...http,
  ...files,
  ...search,
  ...identity,
  ...limits,
];
