/**
 * `npm run conformance [-- BACKEND…]`: all checks on each backend, and the table of their differences.
 *
 * `real`: deploys test/conformance/convex by the official CLI to CONVEX_SELF_HOSTED_URL, which should hold nothing else.
 */

import { BACKENDS } from './backends/backends.ts';
import { CHECKS } from './checks/all.ts';
import type { BackendName } from './suite/backend.ts';
import { differenceOf, verify } from './suite/check.ts';
import { DIFFERENCES } from './suite/differences.ts';

const say = (text: string) => process.stdout.write(`${text}\n`);
const asked = process.argv.slice(2);
const names = Object.keys(BACKENDS) as BackendName[];
const [backends, only] = [asked.filter((each) => each in BACKENDS), asked.filter((each) => !(each in BACKENDS))];
const checks = only.length === 0 ? CHECKS : CHECKS.filter(({ id }) => only.some((part) => id.startsWith(part)));

/** Worth telling. */
const SLOW_S = 2;

let failed = 0;
for (const name of names.filter((each) => backends.length === 0 || backends.includes(each))) {
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
