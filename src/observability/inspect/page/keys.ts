/**
 * The keys of the page. They are those of the terminal where both have them.
 */
export interface Keys {
  /** What a key does when it goes down; it does nothing while one types. */
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
  // A control that has the focus is worked with space, enter and arrows itself.
  const own = target.matches('button, input, [tabindex="0"]') ? [' ', 'Enter', 'ArrowLeft', 'ArrowRight'] : [];
  return own.includes(key);
}
