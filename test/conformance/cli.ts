/**
 * `npm run conformance`: all checks on each backend, and the table of their differences. The backend
 * `real`: deploys test/conformance/convex by the official CLI to CONVEX_SELF_HOSTED_URL, which should hold nothing else.
 */
import { commandOptions, someOf, text } from '../support/command-options.ts';
import { BACKENDS } from './backends/backends.ts';
import { CHECKS } from './checks/all.ts';
import type { BackendName } from './suite/backend.ts';
import { differenceOf, verify } from './suite/check.ts';
import { DIFFERENCES } from './suite/differences.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);
const options = commandOptions('npm run conformance', 'One suite of checks on each backend, and how they differ.', {
  backends: someOf(Object.keys(BACKENDS) as BackendName[], 'which backends'),
  checks: text('ids', 'only checks whose ids begin like one of these, with commas', ''),
});
const checks = CHECKS.filter(({ id }) => options.checks.split(',').some((part) => id.startsWith(part)));

/** Worth telling. */
const SLOW_S = 2;

let failed = 0;
for (const name of options.backends) {
  const { missing, open } = BACKENDS[name];
  if (missing) {
    say(`${name}: skipped; ${missing}`);
    continue;
  }
  const backend = await open();
  const counts = { same: 0, different: 0, failed: 0 };
  for (const check of checks) {
    const beganMs = performance.now();
    try {
      await verify(check, backend);
      counts[differenceOf(check, name) ? 'different' : 'same'] += 1;
    } catch (error) {
      counts.failed += 1;
      say(`${name}: ${check.id} FAILED: ${error instanceof Error ? error.message : error}`);
    }
    const seconds = (performance.now() - beganMs) / 1_000;
    if (seconds > SLOW_S) say(`${name}: ${check.id} took ${seconds.toFixed(1)} s`);
  }
  await backend.close();
  failed += counts.failed;
  say(`${name}: ${counts.same} checks hold, ${counts.different} differ as declared, ${counts.failed} failed`);
}
say('\nDeclared differences:');
for (const { backend, checks: ids, does, why } of DIFFERENCES) say(`  ${backend}: ${does} (${ids.join(', ')}). ${why}`);
process.exitCode = failed === 0 ? 0 : 1;
