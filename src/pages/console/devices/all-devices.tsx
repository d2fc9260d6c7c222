/**
 * All devices, live, those with errors first; above them those that wait to be paired.
 */

import { useQuery } from 'convex/react';
import { countText, momentText, relativeText, wholeMomentText } from '../../design/formats.ts';
import * as icons from '../../design/icons.ts';
import { EmptyState, Skeleton } from '../../design/states.tsx';
import { api } from '../shell/api.ts';
import { addressOf, goTo } from '../shell/location.ts';
import { startOfDay, useNow } from '../shell/now.ts';
import { DeviceFilter } from './device-filter.tsx';
import { inOrder, matches } from './device-order.ts';
import { type DeviceOverview, DeviceStanding } from './device-standing.tsx';
import { FirstRun } from './first-run.tsx';
import { PairingRequests } from './pairing-requests.tsx';

interface AllDevicesProps {
  filter: string;
  /** Of the pairing request for which the person has come. */
  code: string | undefined;
}

export function AllDevices({ filter, code }: AllDevicesProps) {
  const overview = useQuery(api.devices.overview, { sinceMs: startOfDay(useNow()) });
  const waiting = useQuery(api.pairing.list, {});
  const devices = overview?.devices ?? [];
  const requests = waiting && (
    <PairingRequests
      waiting={waiting}
      devices={devices}
      asked={code}
      onForget={() => goTo(addressOf(['devices'], { filter }), { replace: true })}
    />
  );
  if (overview?.devices.length === 0 && waiting?.length === 0) {
    return (
      <>
        {requests}
        <FirstRun />
      </>
    );
  }
  return (
    <>
      <div class="page-head">
        <h1>Devices</h1>
        {overview && <span class="quiet number">{summaryOf(devices)}</span>}
        <span class="space" />
        <DeviceFilter
          value={filter}
          devices={devices.length}
          onChange={(value) => goTo(addressOf(['devices'], { filter: value, code }), { replace: true })}
        />
      </div>
      {requests}
      {overview ? <DeviceGrid devices={devices} filter={filter} /> : <Skeleton rows={6} label="The devices are read" />}
    </>
  );
}

function DeviceGrid({ devices, filter }: { devices: readonly DeviceOverview[]; filter: string }) {
  const shown = inOrder(devices.filter((device) => matches(device, filter)));
  if (shown.length === 0 && devices.length > 0) {
    return (
      <EmptyState icon={icons.searchIcon} title="No device matches">
        None has “{filter}” in its name, model or software.
      </EmptyState>
    );
  }
  return (
    <ul class="device-grid" aria-label="Devices">
      {shown.map((device) => (
        <DeviceCard key={device.name} device={device} />
      ))}
    </ul>
  );
}

function summaryOf(devices: readonly DeviceOverview[]): string {
  const online = devices.filter(({ isOnline }) => isOnline).length;
  return `${countText(devices.length, 'device')}, ${online} online`;
}

function DeviceCard({ device }: { device: DeviceOverview }) {
  const nowMs = useNow();
  const { name, model, software, isOnline, since, lastSeenAt, lastTurn, turnsToday, errorsToday } = device;
  const seenAtMs = isOnline ? (since ?? lastSeenAt) : lastSeenAt;
  return (
    <li class="card device" data-device={name}>
      <header>
        <h2>
          <a href={addressOf(['devices', name])}>{name}</a>
        </h2>
        <DeviceStanding device={device} />
      </header>
      <p class="kind quiet clip">{[model, software].filter(Boolean).join(' · ') || 'has not said what it is'}</p>
      {lastTurn?.error !== undefined && (
        <p class="last-error">
          <span class="hidden-text">Last error: </span>
          {lastTurn.error.message}
        </p>
      )}
      <p class="device-foot quiet number">
        <time dateTime={new Date(seenAtMs).toISOString()} title={wholeMomentText(seenAtMs)}>
          {isOnline ? `since ${momentText(seenAtMs, nowMs)}` : `seen ${relativeText(seenAtMs, nowMs)}`}
        </time>
        <span>
          {countText(turnsToday, 'turn')} today
          {errorsToday > 0 && (
            <>
              , <b class="errors">{countText(errorsToday, 'error')}</b>
            </>
          )}
        </span>
      </p>
    </li>
  );
}
