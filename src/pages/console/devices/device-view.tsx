/**
 * One device: how it is, what to do with it, its settings and figures.
 */

import { useQuery } from 'convex/react';
import { countText, relativeText, wholeMomentText } from '../../design/formats.ts';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { Banner, EmptyState, Skeleton } from '../../design/states.tsx';
import { api } from '../shell/api.ts';
import { useIsOperator } from '../shell/cloud.tsx';
import { addressOf } from '../shell/location.ts';
import { startOfDay, useNow } from '../shell/now.ts';
import { Announcements } from './announcements.tsx';
import { DeviceFigures } from './device-figures.tsx';
import { type DeviceOverview, DeviceStanding } from './device-standing.tsx';
import { MicrophoneControl } from './microphone-control.tsx';
import { RevokeButton } from './revoke-button.tsx';
import { SettingsForm } from './settings-form.tsx';
import { VolumeControl } from './volume-control.tsx';

export function DeviceView({ name }: { name: string }) {
  const overview = useQuery(api.devices.overview, { sinceMs: startOfDay(useNow()) });
  if (!overview) return <Skeleton rows={6} label={`${name} is read`} />;
  const device = overview.devices.find((each) => each.name === name);
  if (!device) {
    return (
      <EmptyState
        icon={icons.deviceIcon}
        title={`There is no device named ${name}`}
        actions={<a href={addressOf(['devices'])}>All devices</a>}
      >
        Someone may have deleted it, or it has never been paired.
      </EmptyState>
    );
  }
  return (
    <>
      <div class="page-head">
        <a class="button bare icon-only" href={addressOf(['devices'])} aria-label="All devices" title="All devices">
          <Icon path={icons.backIcon} />
        </a>
        <h1>{name}</h1>
        <DeviceStanding device={device} />
        <span class="space" />
        {useIsOperator() && device.paired && <RevokeButton name={name} />}
      </div>
      <Standing device={device} />
      <div class="device-columns">
        <div class="stack">
          <Facts device={device} />
          <VolumeControl device={device} />
          <MicrophoneControl device={device} />
          <Announcements device={device} />
        </div>
        <div class="stack">
          <DeviceFigures name={name} />
          <SettingsForm device={device} />
        </div>
      </div>
    </>
  );
}

/** What a person should know before anything else. */
function Standing({ device: { name, revokedAt, lastTurn } }: { device: DeviceOverview }) {
  if (revokedAt !== undefined) {
    return (
      <Banner tone="warning">
        It was revoked on {wholeMomentText(revokedAt)} and cannot connect. To use it again, pair it again: remove the
        file <code>token</code> from its state folder, restart it, and approve the code that it shows.
      </Banner>
    );
  }
  if (lastTurn?.error === undefined) return null;
  const { message, hint } = lastTurn.error as { message: string; hint?: string };
  return (
    <Banner tone="danger" action={<a href={addressOf(['conversations'], { device: name })}>Conversations</a>}>
      Its newest turn failed: {message} {hint !== undefined && <span class="quiet">{hint}</span>}
    </Banner>
  );
}

function Facts({ device }: { device: DeviceOverview }) {
  const nowMs = useNow();
  const { name, model, software, isOnline, since, lastSeenAt, pairedAt, tokenExpiresAt, paired } = device;
  return (
    <section class="card" aria-labelledby="facts">
      <header>
        <h2 id="facts">Device</h2>
        <a href={addressOf(['conversations'], { device: name })}>Conversations</a>
      </header>
      <dl class="facts">
        <Moment label={isOnline ? 'Connected' : 'Last seen'} atMs={isOnline ? since : lastSeenAt} nowMs={nowMs} />
        <dt>Model</dt>
        <dd>{model ?? 'unknown'}</dd>
        <dt>Software</dt>
        <dd>{software ?? 'unknown'}</dd>
        {paired ? (
          <>
            <Moment label="Paired" atMs={pairedAt} nowMs={nowMs} />
            <Moment label="Valid until" atMs={tokenExpiresAt} nowMs={nowMs} />
          </>
        ) : (
          <>
            <dt>Paired</dt>
            <dd>no</dd>
          </>
        )}
        <dt>Today</dt>
        <dd class="number">
          {countText(device.turnsToday, 'turn')}, {countText(device.errorsToday, 'error')}
        </dd>
      </dl>
    </section>
  );
}

function Moment({ label, atMs, nowMs }: { label: string; atMs: number | undefined; nowMs: number }) {
  if (atMs === undefined) return null;
  return (
    <>
      <dt>{label}</dt>
      <dd>
        <time dateTime={new Date(atMs).toISOString()} title={wholeMomentText(atMs)}>
          {relativeText(atMs, nowMs)}
        </time>
      </dd>
    </>
  );
}
