/**
 * Which rows of a long list are in the document: those in sight and a few around them. All rows have one height. Pure.
 */
export interface RowWindow {
  /** The first row that is shown. */
  first: number;
  /** After the last row that is shown. */
  end: number;
}

/** Rows above and below those in sight, so that scrolling and the tab key find them. */
const AROUND = 6;

export function rowWindow(view: { scrollTop: number; height: number; rowHeight: number; rows: number }): RowWindow {
  const { scrollTop, height, rowHeight, rows } = view;
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight) - AROUND;
  const end = Math.ceil((Math.max(0, scrollTop) + height) / rowHeight) + AROUND;
  return { first: clamp(first, rows), end: clamp(end, rows) };
}

function clamp(index: number, rows: number): number {
  return Math.min(rows, Math.max(0, index));
}

/**
 * How far the list must scroll, in pixels, so that what the person looks at stays in its place when rows come and go above it.
 * `anchor` is the row at the top edge, `before` where it was.
 */
export function scrollShift(
  ids: readonly string[],
  { anchor, before, rowHeight }: { anchor: string | undefined; before: number; rowHeight: number },
): number {
  const now = anchor === undefined ? -1 : ids.indexOf(anchor);
  return now < 0 ? 0 : (now - before) * rowHeight;
}
