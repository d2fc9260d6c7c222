/**
 * Where the person is: `#/devices/kitchen?since=day`. Every place of the console has an address, which the browser's history and bookmarks hold.
 */
import { useEffect, useState } from 'preact/hooks';

export interface Place {
  /** The first part of the path; empty: the start. */
  route: string;
  /** The other parts, decoded. */
  parts: readonly string[];
  query: URLSearchParams;
}

export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s);
  const [route = '', ...parts] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  return { route, parts, query: new URLSearchParams(query) };
}

/** The address of a place. Empty and undefined values of the query are left out. */
export function addressOf(parts: readonly string[], query: Record<string, string | undefined> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => (entry[1] ?? '') !== '');
  const search = new URLSearchParams(given).toString();
  return `#/${parts.map(encodeURIComponent).join('/')}${search && `?${search}`}`;
}

export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const moved = () => setHash(location.hash);
    // It may have changed between the first drawing and now.
    moved();
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);
  return placeOf(hash);
}

/** `replace`: the place before is not in the history, as for a filter that is typed. */
export function goTo(address: string, { replace = false } = {}): void {
  if (replace) location.replace(address);
  else location.hash = address;
}

/** A person may write anything into the address. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
