/** The systemd unit's limits of memory, and what `npm run bench:unit-memory` has measured, as the documents tell it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { unitMemory } from '../support/unit-memory.ts';

/** A slow-down makes gaps in the sound. Hours of talk need a few MB more than minutes, and other cards and libraries more than the bench's. */
const ROOM = 1.2;
/** Half of the smallest board. */
const MOST_MB = 256;

test('the unit lets a daemon have what each mode needs, and stops a leak before a small board is full', () => {
  const page = readFileSync(new URL('../../docs/listening.md', import.meta.url), 'utf8');
  const rows = ['push', 'voice', 'wake'].map((mode) => {
    const [, cells = ''] = new RegExp(`^\\| memory, \`${mode}\`[^|]*\\| (.*) \\|$`, 'm').exec(page) ?? [];
    const figures = [...cells.matchAll(/\d+/g)].map(Number);
    assert.equal(
      figures.length,
      4,
      `docs/listening.md tells the memory of ${mode} for two versions of Node, with two threads and with one`,
    );
    return figures;
  });
  const { highMb, maxMb } = unitMemory();
  const most = Math.max(...rows.flat());
  assert.ok(highMb >= ROOM * most, `MemoryHigh is ${highMb} MB, a daemon needs ${most}`);
  assert.ok(maxMb > highMb && maxMb <= MOST_MB, `MemoryMax is ${maxMb} MB`);
});
