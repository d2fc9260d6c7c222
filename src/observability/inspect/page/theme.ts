/**
 * Light or dark theme: that of the system, or the one chosen last.
 */
const THEMES = ['auto', 'dark', 'light'] as const;
type Theme = (typeof THEMES)[number];
const STORED = 'earshot-theme';

export function startTheme(changed: () => void): { next(): void } {
  let theme: Theme = THEMES.find((each) => each === localStorage.getItem(STORED)) ?? 'auto';

  function apply(): void {
    document.documentElement.dataset.theme = theme;
    document.querySelector('meta[name=color-scheme]')?.setAttribute('content', theme === 'auto' ? 'dark light' : theme);
    // Read after the page has its new colours.
    requestAnimationFrame(changed);
  }

  matchMedia('(prefers-color-scheme: light)').addEventListener('change', apply);
  apply();
  return {
    next() {
      theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
      localStorage.setItem(STORED, theme);
      apply();
    },
  };
}
