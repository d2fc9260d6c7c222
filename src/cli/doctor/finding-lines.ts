/** What `earshot doctor` found, for people. */
import type { Diagnosis } from '../../tools/doctor/doctor.ts';
import type { StyledLine } from '../terminal/output.ts';
import { indented } from '../terminal/wrap.ts';

const STYLES = {
  ok: ['ok  ', 'green'],
  skip: ['–   ', 'dim'],
  warn: ['warn', 'yellow'],
  fail: ['FAIL', 'red'],
} as const;

/** Beside its name what was found has some words a line; on a narrower terminal it stands below. */
const WIDE_COLUMNS = 60;
const [BESIDE, BELOW] = [19, 6];

export function findingLines({ check, status, detail, hint }: Diagnosis, columns: number): StyledLine[] {
  const [word, colour] = STYLES[status];
  const isWide = columns >= WIDE_COLUMNS;
  const texts = hint === undefined ? [detail] : [detail, `→ ${hint}`];
  const lines = texts.flatMap((text) => indented(text, isWide ? BESIDE : BELOW, columns));
  const first = isWide ? (lines.shift() ?? '').trimStart() : '';
  return [[{ colour, text: word }, `  ${check.padEnd(12)} ${first}`.trimEnd()], ...lines];
}
