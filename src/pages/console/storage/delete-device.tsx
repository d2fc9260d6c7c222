/**
 * Deletes a device with everything that is stored of it, after its name was typed.
 */
import { useMutation } from 'convex/react';
import { useState } from 'preact/hooks';
import { Dialog } from '../../design/dialog.tsx';
import { api } from '../shell/api.ts';
import { useChange } from './use-change.ts';

interface DeleteDeviceProps {
  device: string;
  onClose(): void;
  onRemoved(): void;
}

export function DeleteDevice({ device, onClose, onRemoved }: DeleteDeviceProps) {
  const remove = useMutation(api.devices.remove);
  const { isBusy, run } = useChange();
  const [typed, setTyped] = useState('');
  const isConfirmed = typed.trim() === device.trim();

  async function confirmed(event: Event): Promise<void> {
    event.preventDefault();
    if (!isConfirmed || isBusy) return;
    if (!(await run(() => remove({ device }), `${device} is being deleted.`))) return;
    onRemoved();
    onClose();
  }

  return (
    <Dialog
      title={`Delete ${device}?`}
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>
            Keep it
          </button>
          <button
            type="submit"
            form="delete-device"
            class="danger primary"
            disabled={!isConfirmed || isBusy}
            aria-busy={isBusy}
          >
            Delete everything
          </button>
        </>
      }
    >
      <form id="delete-device" class="stack" onSubmit={confirmed}>
        <p>
          Its conversations, recordings, memory, reminders and settings are deleted, and it is disconnected. To talk
          again it must be paired again. This cannot be undone; an export keeps a copy.
        </p>
        <label class="field">
          <span>Type its name to confirm: {device}</span>
          <input
            autoComplete="off"
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
      </form>
    </Dialog>
  );
}
