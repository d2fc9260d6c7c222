/**
 * The theme of a page: that of the system (`auto`), or the one chosen last, for all pages of one origin. The page's HTML has
 * `<html data-theme="auto">` and `<meta name="color-scheme" content="dark light">`; call startTheme() before the first drawing.
 */
export const THEMES = ['auto', 'dark', 'light'] as const;
export type Theme = (typeof THEMES)[number];
const STORED = 'earshot-theme';

export interface ThemeControl {
  readonly theme: Theme;
  set(theme: Theme): void;
  /** The next of the three. */
  next(): void;
}

/** @param changed the page has new colours: what is drawn on a canvas must be drawn again */
export function startTheme(changed: () => void = () => {}): ThemeControl {
  let theme = storedTheme();

  function apply(): void {
    document.documentElement.dataset.theme = theme;
    document.querySelector('meta[name=color-scheme]')?.setAttribute('content', theme === 'auto' ? 'dark light' : theme);
    // Read after the page has its new colours.
    requestAnimationFrame(changed);
  }

  function set(next: Theme): void {
    theme = next;
    storeTheme(theme);
    apply();
  }

  matchMedia('(prefers-color-scheme: light)').addEventListener('change', apply);
  apply();
  return {
    get theme() {
      return theme;
    },
    set,
    next: () => set(THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto'),
  };
}

function storedTheme(): Theme {
  try {
    return THEMES.find((each) => each === localStorage.getItem(STORED)) ?? 'auto';
  } catch {
    // A browser that keeps nothing for this page has the system's theme.
    return 'auto';
  }
}

function storeTheme(theme: Theme): void {
  try {
    localStorage.setItem(STORED, theme);
  } catch {
    // It lasts as long as the page.
  }
}
