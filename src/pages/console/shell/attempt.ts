/**
 * Something that a person does and the cloud may refuse: while it runs, and why it failed.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type Failure, failureOf } from './failure.ts';

export interface Attempt {
  isBusy: boolean;
  failure: Failure | undefined;
  /** False: it failed; a second call while the first runs does nothing. */
  run(work: () => Promise<unknown>): Promise<boolean>;
  forget(): void;
}

export function useAttempt(): Attempt {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const running = useRef(false);
  const shown = useRef(true);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);
  const run = useCallback(async (work: () => Promise<unknown>) => {
    if (running.current) return false;
    running.current = true;
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
      return true;
    } catch (error) {
      if (shown.current) setFailure(failureOf(error));
      return false;
    } finally {
      running.current = false;
      if (shown.current) setBusy(false);
    }
  }, []);
  const forget = useCallback(() => setFailure(undefined), []);
  return { isBusy, failure, run, forget };
}
