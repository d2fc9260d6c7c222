/**
 * Tabs for small screens, which show one panel at a time; hidden on large screens.
 */
import { byId, h } from './dom.ts';

export interface Panels {
  names: string[];
  show(name: string): void;
}

export function createPanels(changed: () => void): Panels {
  const sections = [...document.querySelectorAll<HTMLElement>('main [data-panel]')];
  const names = ['Chart', 'Actors', 'Messages', 'Signals', 'Send'];
  const buttons = names.map((name) => {
    const button = h('button', { type: 'button' }, name);
    button.onclick = () => show(name);
    return button;
  });
  byId('panels').append(...buttons);

  function show(name: string): void {
    for (const section of sections) section.classList.toggle('chosen', section.dataset.panel === name);
    for (const [i, button] of buttons.entries()) button.setAttribute('aria-pressed', String(names[i] === name));
    changed();
  }

  show('Chart');
  return { names, show };
}
