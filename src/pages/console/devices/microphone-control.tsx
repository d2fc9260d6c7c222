/**
 * Mutes the microphone of a device, and shows whether it is muted. The device decides: the switch shows what it tells.
 */
import { useMutation } from 'convex/react';
import { useEffect, useState } from 'preact/hooks';
import { v7 as uuidv7 } from 'uuid';
import { FEATURE_OF_ACTION } from '../../../protocol/remote-control.ts';
import { Banner } from '../../design/states.tsx';
import { api } from '../shell/api.ts';
import { useAttempt } from '../shell/attempt.ts';
import { useIsOperator } from '../shell/cloud.tsx';
import { FailureNotice } from '../shell/failure-view.tsx';
import type { DeviceOverview } from './device-standing.tsx';
import { canSwitch, microphoneWords } from './microphone-words.ts';

/** The gateway carries a control out within 10 s or not at all (convex/controls.ts); the answer of the device comes after it. */
const ANSWERED_WITHIN_MS = 15_000;

export function MicrophoneControl({ device }: { device: DeviceOverview }) {
  const { name, features, mutedBy, revokedAt } = device;
  const isMuted = mutedBy !== undefined;
  const isOperator = useIsOperator();
  const send = useMutation(api.controls.send);
  const { isBusy, failure, run, forget } = useAttempt();
  const { wanted, isUnanswered, want } = useWanted(isMuted);
  if (revokedAt !== undefined || !features?.includes(FEATURE_OF_ACTION.mute)) return null;

  async function apply(muted: boolean): Promise<void> {
    forget();
    want(muted);
    const action = muted ? 'mute' : 'unmute';
    if (!(await run(() => send({ device: name, id: uuidv7(), action })))) want(undefined);
  }
  return (
    <section class="card stack" aria-labelledby="microphone">
      <header>
        <h2 id="microphone">Microphone</h2>
        {!isOperator && <span class="quiet">{isMuted ? 'muted' : 'not muted'}</span>}
      </header>
      {isOperator && (
        <label class="check">
          <input
            type="checkbox"
            class="switch"
            name="mute"
            checked={wanted ?? isMuted}
            disabled={isBusy || !canSwitch(device)}
            aria-describedby="microphone-words"
            onChange={({ currentTarget: { checked } }) => void apply(checked)}
          />
          Mute
        </label>
      )}
      <p id="microphone-words" class="quiet">
        {microphoneWords(name, device)}
      </p>
      {isUnanswered && (
        <Banner tone="warning">{name} has not answered. Is it still connected? Its log says what it refused.</Banner>
      )}
      <FailureNotice failure={failure} />
    </section>
  );
}

/** What a person has asked for until the device tells that it is so, or until it is late. */
function useWanted(isMuted: boolean) {
  const [wanted, setWanted] = useState<boolean>();
  const [isUnanswered, setUnanswered] = useState(false);
  useEffect(() => {
    if (wanted === undefined) return;
    if (wanted === isMuted) return setWanted(undefined);
    const timer = setTimeout(() => {
      setWanted(undefined);
      setUnanswered(true);
    }, ANSWERED_WITHIN_MS);
    return () => clearTimeout(timer);
  }, [wanted, isMuted]);
  function want(muted: boolean | undefined): void {
    setUnanswered(false);
    setWanted(muted);
  }
  return { wanted, isUnanswered, want };
}
