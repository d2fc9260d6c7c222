/**
 * The keys of the page, the same as in the terminal where both have them.
 */
export interface Keys {
  /** Called on key down, but not in a text field. */
  onDown: Record<string, () => void>;
  onUp: Record<string, () => void>;
}

export function listenToKeys({ onDown, onUp }: Keys): void {
  document.addEventListener('keydown', (event) => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = onDown[event.key];
    if (!act || (event.repeat && event.key === ' ')) return;
    event.preventDefault();
    act();
  });
  document.addEventListener('keyup', (event) => {
    if (!isTyping(event)) onUp[event.key]?.();
  });
}

function isTyping({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (document.querySelector('dialog[open]')) return true;
  if (target.matches('input:not([type=range], [type=checkbox]), textarea, select')) return true;
  // A focused control handles space, enter and arrows itself.
  const own = target.matches('button, input, [tabindex="0"]') ? [' ', 'Enter', 'ArrowLeft', 'ArrowRight'] : [];
  return own.includes(key);
}
