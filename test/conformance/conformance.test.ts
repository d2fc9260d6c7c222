/**
 * The short form of the suite (`npm run conformance`): every backend that there is, without the checks that take long.
 */
import { after, before, suite, test } from 'node:test';
import { BACKENDS } from './backends/backends.ts';
import { CHECKS } from './checks/all.ts';
import type { Backend, BackendName } from './suite/backend.ts';
import { verify } from './suite/check.ts';

for (const [name, { missing, open }] of Object.entries(BACKENDS)) {
  suite(`conformance: ${name as BackendName}`, { skip: missing ?? false }, () => {
    let backend: Backend;
    before(async () => {
      backend = await open();
    });
    after(async () => await backend.close());
    for (const check of CHECKS.filter(({ isLong }) => !isLong)) {
      test(`${check.id}: ${check.title}`, async () => await verify(check, backend));
    }
  });
}
