/**
 * A change that a person makes in the cloud: whether it is on its way, and what became of it.
 */
import { useState } from 'preact/hooks';
import { showToast } from '../../design/toasts.tsx';
import { failureOf } from '../shell/failure.ts';

/** `run` resolves with whether it worked; a failure is told. */
export function useChange(): { isBusy: boolean; run(work: () => Promise<unknown>, done: string): Promise<boolean> } {
  const [isBusy, setIsBusy] = useState(false);
  async function run(work: () => Promise<unknown>, done: string): Promise<boolean> {
    setIsBusy(true);
    try {
      await work();
      showToast(done);
      return true;
    } catch (error) {
      const { message, hint = '' } = failureOf(error);
      showToast(`${message} ${hint}`.trim(), { tone: 'danger' });
      return false;
    } finally {
      setIsBusy(false);
    }
  }
  return { isBusy, run };
}

/** A value that a person chooses: what was chosen is shown at once, and what is stored again when the cloud refuses it. */
export function useChoice<Value>(
  stored: Value,
  write: (value: Value) => Promise<unknown>,
  done: (value: Value) => string,
): { shown: Value; isBusy: boolean; choose(value: Value): Promise<void> } {
  const { isBusy, run } = useChange();
  const [chosen, setChosen] = useState<{ value: Value }>();
  async function choose(value: Value): Promise<void> {
    setChosen({ value });
    await run(() => write(value), done(value));
    setChosen(undefined);
  }
  return { shown: chosen ? chosen.value : stored, isBusy, choose };
}
