/**
 * The scrolling of a long list with rows of one height.
 */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { scrollShift } from './row-window.ts';

export interface ScrollView {
  scrollTop: number;
  height: number;
  rowHeight: number;
}

/** Where the element is scrolled to. @param rowRem height of a row in `rem`, so that it grows with the person's text size */
export function useScrollView(frame: RefObject<HTMLElement | null>, rowRem: number): ScrollView {
  const [view, setView] = useState({ scrollTop: 0, height: 0, rowHeight: rowRem * 16 });
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    const measure = () => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
      setView({ scrollTop: element.scrollTop, height: element.clientHeight, rowHeight: rowRem * rem });
    };
    measure();
    element.addEventListener('scroll', measure, { passive: true });
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => {
      element.removeEventListener('scroll', measure);
      resized.disconnect();
    };
  }, [frame, rowRem]);
  return view;
}

/** What the person looks at stays in its place when rows come or go above it. At the top, the person sees what comes. */
export function useAnchoredRows(frame: RefObject<HTMLElement | null>, ids: readonly string[], rowHeight: number): void {
  const anchor = useRef<{ id: string | undefined; index: number; scrollTop: number }>({
    id: undefined,
    index: 0,
    scrollTop: 0,
  });
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const { id, index, scrollTop } = anchor.current;
    // A list that has become much shorter was scrolled to its end by the browser.
    const isAtEnd = element.scrollTop >= element.scrollHeight - element.clientHeight - 1;
    const from = isAtEnd ? Math.max(scrollTop, element.scrollTop) : element.scrollTop;
    const shift = from < rowHeight ? 0 : scrollShift(ids, { anchor: id, before: index, rowHeight });
    if (shift !== 0) element.scrollTop = from + shift;
    const top = Math.floor(element.scrollTop / rowHeight);
    anchor.current = { id: ids[top], index: top, scrollTop: element.scrollTop };
  });
}
