/**
 * `<ThemeButton control={startTheme()} />`: for the page's bar; auto → dark → light.
 */

import { useState } from 'preact/hooks';
import { Icon } from './icon.tsx';
import * as icons from './icons.ts';
import type { Theme, ThemeControl } from './theme.ts';

const ICONS: Record<Theme, string> = { auto: icons.autoIcon, dark: icons.darkIcon, light: icons.lightIcon };
const NAMES: Record<Theme, string> = { auto: 'as the system', dark: 'dark', light: 'light' };

export function ThemeButton({ control }: { control: ThemeControl }) {
  const [theme, setTheme] = useState(control.theme);
  const label = `Theme: ${NAMES[theme]}`;
  const next = () => {
    control.next();
    setTheme(control.theme);
  };
  return (
    <button type="button" class="bare icon-only" aria-label={label} title={label} onClick={next}>
      <Icon path={ICONS[theme]} />
    </button>
  );
}
