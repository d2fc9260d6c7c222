/**
 * Short messages about what a person has just done. What lasts stands in the page itself (Banner).
 *
 *   <Toasts />                                     once, at the end of the page
 *   showToast('kitchen is revoked')                from anywhere
 *   showToast(error.message, { tone: 'danger' })   stays until it is closed
 */

import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';
import * as icons from './icons.ts';
import type { Tone } from './states.tsx';

/** Long enough to read two short sentences. */
const SHOWN_MS = 6_000;
const MOST = 3;

interface Toast {
  id: number;
  text: string;
  tone: Tone;
}

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<(toasts: readonly Toast[]) => void>();

function change(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener(toasts);
}

function closeToast(id: number): void {
  change(toasts.filter((toast) => toast.id !== id));
}

export function showToast(text: string, { tone = 'accent' }: { tone?: Tone } = {}): void {
  lastId += 1;
  const id = lastId;
  change([...toasts.filter((toast) => toast.text !== text), { id, text, tone }].slice(-MOST));
  if (tone !== 'danger') setTimeout(() => closeToast(id), SHOWN_MS);
}

export function Toasts() {
  const [shown, setShown] = useState(toasts);
  useEffect(() => {
    listeners.add(setShown);
    return () => {
      listeners.delete(setShown);
    };
  }, []);
  return (
    <div class="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, tone }) => (
        <div class="toast" data-tone={tone} key={id}>
          <Icon
            path={
              tone === 'danger'
                ? icons.errorIcon
                : tone === 'warning'
                  ? icons.warningIcon
                  : tone === 'info'
                    ? icons.infoIcon
                    : icons.checkIcon
            }
          />
          <span>{text}</span>
          <button type="button" class="bare icon-only" aria-label="Close" onClick={() => closeToast(id)}>
            <Icon path={icons.closeIcon} />
          </button>
        </div>
      ))}
    </div>
  );
}
