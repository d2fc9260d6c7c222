/** A number of bytes for people: `512 bytes`, `1.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['kB', 'MB', 'GB'];
  let value = bytes;
  let unit = 'bytes';
  for (const next of units) {
    if (value < 1_000) break;
    value /= 1_000;
    unit = next;
  }
  return unit === 'bytes' ? `${value} ${value === 1 ? 'byte' : 'bytes'}` : `${value.toFixed(1)} ${unit}`;
}
