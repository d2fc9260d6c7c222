/**
 * The choice whether recordings of speech are kept, for all devices without a choice of their own.
 */
import { useMutation } from 'convex/react';
import { api } from '../shell/api.ts';
import { useIsOperator } from '../shell/cloud.tsx';
import { useChoice } from './use-change.ts';

export function KeepRecordings({ keep }: { keep: boolean }) {
  const write = useMutation(api.retention.keepRecordings);
  const { shown, isBusy, choose } = useChoice(
    keep,
    (wanted) => write({ keep: wanted }),
    (wanted) => (wanted ? 'Recordings are kept from now on.' : 'New recordings are not kept from now on.'),
  );
  const isOperator = useIsOperator();
  return (
    <section class="card">
      <label class="check choice">
        <input
          type="checkbox"
          class="switch"
          checked={shown}
          disabled={isBusy || !isOperator}
          onChange={({ currentTarget: { checked } }) => choose(checked)}
        />
        <span>
          <b>Keep recordings of speech</b>
          <small class="quiet">
            Without them the words of a conversation are stored, and its sound is not. Recordings that are stored
            already stay until their days are over.
          </small>
        </span>
      </label>
    </section>
  );
}
