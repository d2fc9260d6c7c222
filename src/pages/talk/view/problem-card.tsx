/**
 * A failure that needs the person: what happened, what to do, and a button for it.
 */
import type { Explanation } from '../model/words.ts';

const ACTIONS = {
  retry: 'Try again',
  'pair-again': 'Pair again',
  reload: 'Reload the page',
  'take-over': 'Use it in this tab',
} as const;

interface Props {
  explanation: Explanation;
  onAct(action: keyof typeof ACTIONS): void;
  /** Undefined: it cannot be closed. */
  onDismiss: (() => void) | undefined;
}

export function ProblemCard({ explanation: { title, steps, action }, onAct, onDismiss }: Props) {
  return (
    <section class="card problem" data-tone={action === 'take-over' ? undefined : 'danger'} role="alert" id="problem">
      <h2>{title}</h2>
      {steps.length === 1 ? <p>{steps[0]}</p> : <Steps steps={steps} />}
      <p class="row">
        {action && (
          <button type="button" class="primary" onClick={() => onAct(action)}>
            {ACTIONS[action]}
          </button>
        )}
        {onDismiss && (
          <button type="button" class="bare" onClick={onDismiss}>
            Close
          </button>
        )}
      </p>
    </section>
  );
}

function Steps({ steps }: { steps: readonly string[] }) {
  return (
    <ol>
      {steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  );
}
