/**
 * The place that a person wanted who was not signed in. The link of the sign-in names no place, and may open in another tab: so it is kept in
 * the browser until then.
 */
import { placeOf } from './location.ts';

const STORED_AS = 'earshot-place';
/** As long as the link of a sign-in is valid. */
const KEPT_MS = 10 * 60_000;

type PlaceStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** @param hash of the page's address. The start need not be kept */
export function keepPlace(hash: string, nowMs: number, storage: PlaceStorage = localStorage): void {
  if (!hash.startsWith('#/') || placeOf(hash).route === '') return;
  try {
    storage.setItem(STORED_AS, JSON.stringify({ hash, untilMs: nowMs + KEPT_MS }));
  } catch {
    // A browser that keeps nothing for this page begins at the start.
  }
}

/** The hash of the address, once; empty: none is kept. */
export function takeKeptPlace(nowMs: number, storage: PlaceStorage = localStorage): string {
  try {
    const { hash, untilMs } = JSON.parse(storage.getItem(STORED_AS) ?? '{}');
    storage.removeItem(STORED_AS);
    return typeof hash === 'string' && hash.startsWith('#/') && untilMs > nowMs ? hash : '';
  } catch {
    // Edited by hand, or forbidden: as if none was kept.
    return '';
  }
}
