/**
 * `<Icon path={icons.microphoneIcon} />`, with `import * as icons from './icons.ts'`. A button with an icon alone needs an `aria-label`.
 */
export function Icon({ path }: { path: string }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={path} />
    </svg>
  );
}
