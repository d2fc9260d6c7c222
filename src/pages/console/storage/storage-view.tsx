/**
 * Stored data: whether recordings are kept, how long everything is stored, and the export and the deletion of a device's data.
 */

import { useQuery } from 'convex/react';
import { useState } from 'preact/hooks';
import * as icons from '../../design/icons.ts';
import { EmptyState, Skeleton } from '../../design/states.tsx';
import { DeviceFilter } from '../devices/device-filter.tsx';
import { matches } from '../devices/device-order.ts';
import { api } from '../shell/api.ts';
import { useIsOperator } from '../shell/cloud.tsx';
import { DeviceData } from './device-data.tsx';
import { KeepRecordings } from './keep-recordings.tsx';
import { RemovalProgress } from './removal-progress.tsx';
import { Retention } from './retention.tsx';

export function StorageView() {
  const retention = useQuery(api.retention.get, {});
  const devices = useQuery(api.devices.list, {});
  const isOperator = useIsOperator();
  /** Devices that were deleted while this page is open. */
  const [removed, setRemoved] = useState<readonly string[]>([]);
  const [filter, setFilter] = useState('');
  if (!retention || !devices) return <Skeleton rows={4} label="What is stored is read" />;
  const shown = devices.filter((device) => matches(device, filter));
  return (
    <div class="storage stack">
      <h1>Stored data</h1>
      {!isOperator && <p class="quiet">You look as a viewer: an operator may change this.</p>}
      <KeepRecordings keep={retention.keepRecordings} />
      <section class="card" aria-labelledby="devices-data">
        <header>
          <h2 id="devices-data">Data of each device</h2>
          <DeviceFilter value={filter} devices={devices.length} onChange={setFilter} />
        </header>
        {removed.map((device) => (
          <RemovalProgress key={device} device={device} />
        ))}
        {devices.length === 0 && (
          <EmptyState icon={icons.storageIcon} title="Nothing is stored">
            Data of a device appears here when it has connected for the first time.
          </EmptyState>
        )}
        {shown.length === 0 && devices.length > 0 && (
          <EmptyState icon={icons.searchIcon} title="No device matches">
            None has “{filter}” in its name, model or software.
          </EmptyState>
        )}
        <ul class="list">
          {shown.map(({ name }) => (
            <li key={name}>
              <DeviceData
                device={name}
                choice={retention.devices.find(({ device }) => device === name)?.keepRecordings}
                keepForAll={retention.keepRecordings}
                onRemoved={() => setRemoved((before) => [name, ...before.filter((each) => each !== name)])}
              />
            </li>
          ))}
        </ul>
      </section>
      <Retention tables={retention.tables} />
    </div>
  );
}
