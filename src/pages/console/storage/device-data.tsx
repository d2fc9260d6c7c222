/**
 * The data of one device: whether its recordings are kept, its export, and its deletion.
 */

import { useMutation } from 'convex/react';
import { useState } from 'preact/hooks';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { api } from '../shell/api.ts';
import { useIsOperator } from '../shell/cloud.tsx';
import { DeleteDevice } from './delete-device.tsx';
import { ExportButton } from './export-button.tsx';
import { useChoice } from './use-change.ts';

interface DeviceDataProps {
  device: string;
  /** Its own; undefined: that for all devices counts. */
  choice: boolean | undefined;
  keepForAll: boolean;
  onRemoved(): void;
}

const CHOICES = { all: null, yes: true, no: false } as const;

export function DeviceData({ device, choice, keepForAll, onRemoved }: DeviceDataProps) {
  const write = useMutation(api.retention.keepRecordings);
  const { shown, isBusy, choose } = useChoice<keyof typeof CHOICES>(
    choice === undefined ? 'all' : choice ? 'yes' : 'no',
    (wanted) => write({ device, keep: CHOICES[wanted] }),
    () => `The choice for ${device} is stored.`,
  );
  const isOperator = useIsOperator();
  const [isAsking, setIsAsking] = useState(false);
  return (
    <div class="device-data">
      <b class="clip">{device}</b>
      <label class="recordings-choice">
        <span>Recordings</span>
        <select
          aria-label={`Recordings of ${device}`}
          value={shown}
          disabled={isBusy || !isOperator}
          onChange={({ currentTarget: { value } }) => choose(value as keyof typeof CHOICES)}
        >
          <option value="all">{keepForAll ? 'Kept' : 'Not kept'}, as for all</option>
          <option value="yes">Kept</option>
          <option value="no">Not kept</option>
        </select>
      </label>
      <ExportButton device={device} />
      {isOperator && (
        <button type="button" class="bare danger" aria-label={`Delete ${device}`} onClick={() => setIsAsking(true)}>
          <Icon path={icons.removeIcon} /> Delete
        </button>
      )}
      {isAsking && <DeleteDevice device={device} onClose={() => setIsAsking(false)} onRemoved={onRemoved} />}
    </div>
  );
}
