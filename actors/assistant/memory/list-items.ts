/**
 * How items are added to a list and removed from it. Pure; the cloud's functions do the same.
 */

/** An item that is there already is not added again; upper and lower case are the same. */
export function added(there: readonly string[], items: readonly string[]): string[] {
  const result = [...there];
  for (const item of items) if (!result.some((other) => isSameItem(other, item))) result.push(item);
  return result;
}

export function without(there: readonly string[], items: readonly string[]): { kept: string[]; removed: string[] } {
  const isNamed = (item: string) => items.some((other) => isSameItem(other, item));
  return { kept: there.filter((item) => !isNamed(item)), removed: there.filter(isNamed) };
}

function isSameItem(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}
