/**
 * Revokes a device's token, after the person has confirmed it.
 */
import { useMutation } from 'convex/react';
import { useState } from 'preact/hooks';
import { Dialog } from '../../design/dialog.tsx';
import { showToast } from '../../design/toasts.tsx';
import { api } from '../shell/api.ts';
import { useAttempt } from '../shell/attempt.ts';
import { FailureNotice } from '../shell/failure-view.tsx';

export function RevokeButton({ name }: { name: string }) {
  const [isAsking, setAsking] = useState(false);
  const revoke = useMutation(api.devices.revoke);
  const { isBusy, failure, run, forget } = useAttempt();
  const close = () => {
    forget();
    setAsking(false);
  };
  async function confirm(): Promise<void> {
    if (!(await run(() => revoke({ device: name })))) return;
    showToast(`${name} is revoked`);
    close();
  }
  return (
    <>
      <button type="button" class="danger" onClick={() => setAsking(true)}>
        Revoke
      </button>
      {isAsking && (
        <Dialog
          title={`Revoke ${name}?`}
          onClose={close}
          actions={
            <>
              <button type="button" onClick={close}>
                Cancel
              </button>
              <button type="button" class="danger primary" aria-busy={isBusy} onClick={() => void confirm()}>
                Revoke
              </button>
            </>
          }
        >
          <div class="stack">
            <p>
              It is disconnected at once, and connects again only when it is paired again. Its settings and
              conversations stay.
            </p>
            <FailureNotice failure={failure} />
          </div>
        </Dialog>
      )}
    </>
  );
}
