/**
 * The browser's own dialog: it holds the focus, Escape closes it, the page behind is inert.
 *
 *   {isOpen && <Dialog title="Revoke kitchen?" onClose={close} actions={<button class="danger primary">Revoke</button>}>…</Dialog>}
 *
 * It is open as long as it is drawn. `onClose`: Escape, the cross, or a click outside.
 */

import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';
import * as icons from './icons.ts';

interface DialogOptions {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Buttons, the safe one first. */
  actions?: ComponentChildren;
}

export function Dialog({ title, onClose, children, actions }: DialogOptions) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before anything else can happen: a key that is pressed at once is the dialog's.
  useLayoutEffect(() => {
    const shown = dialog.current;
    const focusedBefore = document.activeElement;
    shown?.showModal();
    return () => {
      shown?.close();
      if (focusedBefore instanceof HTMLElement) focusedBefore.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onPointerDown={(event) => isOutside(event) && onClose()}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <button type="button" class="bare icon-only" aria-label="Close" onClick={onClose}>
          <Icon path={icons.closeIcon} />
        </button>
      </header>
      {children}
      {actions && <footer>{actions}</footer>}
    </dialog>
  );
}

/** On the backdrop, which is part of the dialog. */
function isOutside({ target, currentTarget, clientX, clientY }: PointerEvent): boolean {
  if (target !== currentTarget) return false;
  const { left, right, top, bottom } = (target as HTMLElement).getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}
