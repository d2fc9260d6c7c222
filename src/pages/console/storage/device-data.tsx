/**
 * The data of one device: whether its recordings are kept, its export, and its deletion.
 */
import { useMutation } from 'convex/react';
import { useState } from 'preact/hooks';
import { Icon } from '../../design/icon.tsx';
import { api } from '../shell/api.ts';
import { useIsOperator } from '../shell/cloud.tsx';
import { DeleteDevice } from './delete-device.tsx';
import { ExportButton } from './export-button.tsx';
import { useChange } from './use-change.ts';

interface DeviceDataProps {
  device: string;
  /** Its own; undefined: that for all devices counts. */
  choice: boolean | undefined;
  keepForAll: boolean;
  onRemoved(): void;
}

const CHOICES = { all: null, yes: true, no: false } as const;

export function DeviceData({ device, choice, keepForAll, onRemoved }: DeviceDataProps) {
  const choose = useMutation(api.retention.keepRecordings);
  const { isBusy, run } = useChange();
  const isOperator = useIsOperator();
  const [isAsking, setIsAsking] = useState(false);
  return (
    <div class="device-data">
      <b class="clip">{device}</b>
      <select
        aria-label={`Recordings of ${device}`}
        value={choice === undefined ? 'all' : choice ? 'yes' : 'no'}
        disabled={isBusy || !isOperator}
        onChange={({ currentTarget: { value } }) =>
          run(
            () => choose({ device, keep: CHOICES[value as keyof typeof CHOICES] }),
            `The choice for ${device} is stored.`,
          )
        }
      >
        <option value="all">As for all: recordings are {keepForAll ? 'kept' : 'not kept'}</option>
        <option value="yes">Recordings are kept</option>
        <option value="no">Recordings are not kept</option>
      </select>
      <ExportButton device={device} />
      {isOperator && (
        <button type="button" class="bare danger" aria-label={`Delete ${device}`} onClick={() => setIsAsking(true)}>
          <Icon name="remove" /> Delete
        </button>
      )}
      {isAsking && <DeleteDevice device={device} onClose={() => setIsAsking(false)} onRemoved={onRemoved} />}
    </div>
  );
}
