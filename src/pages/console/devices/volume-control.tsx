/**
 * The volume of a device. It is sent when the person lets go, and follows what others set.
 */

import { useMutation } from 'convex/react';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { api } from '../shell/api.ts';
import { useAttempt } from '../shell/attempt.ts';
import { useIsOperator } from '../shell/cloud.tsx';
import { FailureNotice } from '../shell/failure-view.tsx';
import type { DeviceOverview } from './device-standing.tsx';

export function VolumeControl({ device }: { device: DeviceOverview }) {
  const { name, settings } = device;
  const { volumePercent } = settings;
  const isOperator = useIsOperator();
  const set = useMutation(api.settings.set);
  const { failure, run } = useAttempt();
  /** While it is moved. */
  const [moved, setMoved] = useState<number>();
  useEffect(() => setMoved(undefined), [volumePercent]);
  const shown = moved ?? volumePercent;
  async function apply(chosen: number): Promise<void> {
    if (chosen === volumePercent) return setMoved(undefined);
    if (!(await run(() => set({ device: name, settings: { volumePercent: chosen } })))) setMoved(undefined);
  }
  return (
    <section class="card" aria-labelledby="volume">
      <header>
        <h2 id="volume">Volume</h2>
        <output class="number quiet" for="volume-range">
          {shown === undefined ? 'as the device has it' : `${shown} %`}
        </output>
      </header>
      {isOperator && (
        <div class="volume">
          <Icon path={icons.speakerIcon} />
          <input
            id="volume-range"
            type="range"
            min="0"
            max="100"
            data-unset={shown === undefined ? '' : undefined}
            step="5"
            aria-labelledby="volume"
            aria-valuetext={shown === undefined ? 'as the device has it' : `${shown} percent`}
            value={shown ?? 50}
            onInput={({ currentTarget }) => setMoved(currentTarget.valueAsNumber)}
            onChange={({ currentTarget }) => void apply(currentTarget.valueAsNumber)}
          />
        </div>
      )}
      <FailureNotice failure={failure} />
    </section>
  );
}
