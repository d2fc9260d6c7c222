/**
 * Counts how often the page got other colours: what is drawn on a canvas must be drawn again.
 */
import { useEffect, useState } from 'preact/hooks';

export function useThemeChanges(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    // Colours are read after the style sheet has applied them.
    const changed = () => requestAnimationFrame(() => setChanges((count) => count + 1));
    const chosen = new MutationObserver(changed);
    chosen.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const system = matchMedia('(prefers-color-scheme: light)');
    system.addEventListener('change', changed);
    return () => {
      chosen.disconnect();
      system.removeEventListener('change', changed);
    };
  }, []);
  return changes;
}
