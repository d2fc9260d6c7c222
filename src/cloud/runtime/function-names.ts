/**
 * How functions are named. Clients write `turns.js:list`, `turns:list`, or `turns` for its default export; references and handles of
 * functions name them, too.
 */
import type { JSONValue } from 'convex/values';

const HANDLE = 'function://';

/** `folder/module:export`: the one name under which a function is found. */
export function canonicalName(name: string): string {
  const at = name.lastIndexOf(':');
  const module = (at < 0 ? name : name.slice(0, at)).replace(/\.[jt]s$/, '');
  return `${module}:${at < 0 ? 'default' : name.slice(at + 1)}`;
}

/** As it stands in `_scheduled_functions`: `folder/module.js:export`. */
export function storedName(canonical: string): string {
  return canonical.replace(/:(?=[^:]*$)/, '.js:');
}

export function handleOf(canonical: string): string {
  return HANDLE + canonical;
}

/** The canonical name in the arguments of a system call. @throws for a function of a component */
export function addressedName({ name, reference, functionHandle }: Record<string, JSONValue | undefined>): string {
  if (typeof name === 'string') return canonicalName(name);
  if (typeof functionHandle === 'string' && functionHandle.startsWith(HANDLE)) {
    return functionHandle.slice(HANDLE.length);
  }
  if (typeof reference === 'string') {
    throw new Error(`The embedded cloud has no components, so it cannot call \`${reference}\`.`);
  }
  throw new Error('Expected the name, the reference or the handle of a function.');
}

/** `Query`, as Convex's errors have it. */
export function kindName(kind: string): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}
