/**
 * Times, durations and sizes as the pages write them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bytesText,
  clockDurationText,
  countText,
  durationText,
  momentText,
  relativeText,
  timeText,
  wholeMomentText,
} from '../../src/pages/design/formats.ts';

const NOW = new Date(2026, 10, 26, 14, 5, 9).getTime();
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

test('a moment is written as short as it is unambiguous', () => {
  assert.equal(timeText(NOW), '14:05');
  assert.equal(momentText(NOW - HOUR_MS, NOW), '13:05');
  assert.equal(momentText(NOW - 2 * DAY_MS, NOW), '24 Nov 14:05');
  assert.equal(momentText(new Date(2025, 0, 3).getTime(), NOW), '3 Jan 2025');
  assert.equal(wholeMomentText(NOW), '26 Nov 2026, 14:05:09');
});

test('a time ago, or to come, is rounded down in its unit', () => {
  const cases: [apartMs: number, text: string][] = [
    [-9_999, 'now'],
    [-59_999, '59 seconds ago'],
    [-61_000, '1 minute ago'],
    [-(2 * HOUR_MS - 1), '1 hour ago'],
    [2 * HOUR_MS, 'in 2 hours'],
    [-DAY_MS, 'yesterday'],
    [-31 * DAY_MS, '26 Oct 2026'],
  ];
  for (const [apartMs, text] of cases) assert.equal(relativeText(NOW + apartMs, NOW), text);
});

test('a duration has the unit in which it has few digits, and never 1,000 of a smaller unit', () => {
  const cases: [ms: number, text: string][] = [
    [0, '0.0 ms'],
    [-1, '0.0 ms'],
    [0.64, '0.6 ms'],
    [115.2, '115 ms'],
    [999.4, '999 ms'],
    [999.6, '1.0 s'],
    [9_949, '9.9 s'],
    [9_951, '10 s'],
    [59_499, '59 s'],
    [59_500, '1:00'],
    [3_725_000, '1:02:05'],
    [Number.NaN, '–'],
  ];
  for (const [ms, text] of cases) assert.equal(durationText(ms), text);
  assert.equal(clockDurationText(4_000), '0:04');
});

test('a size has the unit in which it has few digits', () => {
  const cases: [bytes: number, text: string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [999.6, '1.0 kB'],
    [1_500, '1.5 kB'],
    [9_960, '10 kB'],
    [20_400_000, '20 MB'],
    [999_600_000, '1.0 GB'],
    [5e15, '5000 TB'],
  ];
  for (const [bytes, text] of cases) assert.equal(bytesText(bytes), text);
  assert.equal(countText(1, 'turn'), '1 turn');
  assert.equal(countText(1_024, 'turn'), '1,024 turns');
  assert.equal(countText(2, 'entry', 'entries'), '2 entries');
});
