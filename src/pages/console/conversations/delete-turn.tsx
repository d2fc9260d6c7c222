/**
 * Deletes one turn with its words and its recording, after a question.
 */

import { useMutation } from 'convex/react';
import { useState } from 'preact/hooks';
import { Dialog } from '../../design/dialog.tsx';
import { wholeMomentText } from '../../design/formats.ts';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { showToast } from '../../design/toasts.tsx';
import { api } from '../shell/api.ts';
import { useIsOperator } from '../shell/cloud.tsx';
import { failureOf } from '../shell/failure.ts';
import { goTo } from '../shell/location.ts';
import type { ShownTurn } from './shown-turn.ts';

export function DeleteTurn({ turn, backTo }: { turn: ShownTurn; backTo: string }) {
  const remove = useMutation(api.turns.remove);
  const [isAsking, setIsAsking] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  if (!useIsOperator()) return null;

  async function confirmed(): Promise<void> {
    setIsBusy(true);
    try {
      await remove({ turn: turn.turn, device: turn.device });
      showToast('The turn is deleted.');
      goTo(backTo, { replace: true });
    } catch (error) {
      const { message, hint = '' } = failureOf(error);
      showToast(`${message} ${hint}`, { tone: 'danger' });
      setIsBusy(false);
    }
  }

  return (
    <>
      <button type="button" class="bare" onClick={() => setIsAsking(true)}>
        <Icon path={icons.removeIcon} /> Delete
      </button>
      {isAsking && (
        <Dialog
          title="Delete this turn?"
          onClose={() => setIsAsking(false)}
          actions={
            <>
              <button type="button" onClick={() => setIsAsking(false)}>
                Keep it
              </button>
              <button type="button" class="danger primary" aria-busy={isBusy} disabled={isBusy} onClick={confirmed}>
                Delete
              </button>
            </>
          }
        >
          <p>
            Its words and its recording are deleted from the cloud: {turn.device}, {wholeMomentText(turn.startedAt)}.
            This cannot be undone.
          </p>
        </Dialog>
      )}
    </>
  );
}
