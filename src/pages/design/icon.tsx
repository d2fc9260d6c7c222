/**
 * `<Icon name="microphone" />`. A button with an icon alone needs an `aria-label`.
 */
import { ICONS, type IconName } from './icons.ts';

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={ICONS[name]} />
    </svg>
  );
}
