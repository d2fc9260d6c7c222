/**
 * Lets an element end where the window ends, whatever is above it: the bar of the page takes one line or two, and a notice may come.
 */
import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** Sets `--above`: what is above the element, in pixels. */
export function useFittingHeight(element: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const fit = () => {
      const fitted = element.current;
      if (!fitted) return;
      const above = Math.round(fitted.getBoundingClientRect().top + scrollY);
      fitted.style.setProperty('--above', `${above}px`);
    };
    fit();
    const moved = new ResizeObserver(fit);
    for (const each of document.body.children) moved.observe(each);
    const changed = new MutationObserver(fit);
    changed.observe(document.body, { childList: true });
    addEventListener('resize', fit);
    return () => {
      moved.disconnect();
      changed.disconnect();
      removeEventListener('resize', fit);
    };
  }, [element]);
}
