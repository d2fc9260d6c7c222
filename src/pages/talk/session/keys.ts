/**
 * The keys of the page, the same as in the terminal: space talks, escape discards. A control that has the focus keeps its own keys.
 */
import type { PersonActions } from '../model/person-actions.ts';

type KeyActions = Pick<PersonActions, 'talkDown' | 'talkUp' | 'cancel'>;

export function listenToTalkKeys(document: Document, { talkDown, talkUp, cancel }: KeyActions): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    if (event.key === 'Escape') return cancel();
    if (event.key !== ' ' || isControl(event.target)) return;
    event.preventDefault();
    if (!event.repeat) talkDown(event.timeStamp);
  });
  document.addEventListener('keyup', (event) => {
    if (event.key !== ' ' || isControl(event.target)) return;
    // Otherwise a focused talk button takes it for a click, too.
    event.preventDefault();
    talkUp(event.timeStamp);
  });
}

function isControl(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.id !== 'talk' && target.matches('a, button, input, select, textarea, summary')
  );
}
