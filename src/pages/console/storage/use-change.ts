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
