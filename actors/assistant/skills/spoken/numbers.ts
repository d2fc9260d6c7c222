/**
 * Numbers and lists, as they are spoken.
 */

/** At most six digits that matter. */
export function spokenNumber(value: number): string {
  if (!Number.isFinite(value)) return 'too large a number';
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-6)) return spokenPower(value);
  const rounded = size >= 100_000 ? Math.round(value * 100) / 100 : Number(value.toPrecision(6));
  const text = rounded.toLocaleString('en-US', { maximumFractionDigits: 12, useGrouping: false });
  return text.replace('-', 'minus ');
}

function spokenPower(value: number): string {
  const [digits = '0', power = '0'] = value.toExponential(3).split('e');
  return `${Number(digits)} times 10 to the power of ${Number(power)}`.replaceAll('-', 'minus ');
}

/** `1 minute`, `2 minutes` */
export function counted(count: number, unit: string, plural = `${unit}s`): string {
  return `${spokenNumber(count)} ${count === 1 ? unit : plural}`;
}

/** `milk, eggs and bread` */
export function enumerated(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** The first letter is written large. */
export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
