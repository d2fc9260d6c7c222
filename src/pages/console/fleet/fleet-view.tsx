/**
 * How the fleet is doing: turns, errors, and the latency of replies, over a day, a week or a month.
 */

import { useQuery } from 'convex/react';
import type { FunctionReturnType } from 'convex/server';
import { useMemo } from 'preact/hooks';
import { Choice } from '../../design/choice.tsx';
import { countText, durationText } from '../../design/formats.ts';
import * as icons from '../../design/icons.ts';
import { EmptyState, Skeleton } from '../../design/states.tsx';
import { Plot } from '../plots/plot.tsx';
import { api } from '../shell/api.ts';
import { addressOf, goTo, type Place } from '../shell/location.ts';
import { useNow } from '../shell/now.ts';
import { filledPeriods, PERIOD_MS } from './periods.ts';
import { StageTable } from './stage-table.tsx';

type Fleet = FunctionReturnType<typeof api.figures.fleet>;

const HOUR_MS = 3_600_000;
const SPANS = { day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS, month: 30 * 24 * HOUR_MS } as const;
type Span = keyof typeof SPANS;

export function FleetView({ place: { query } }: { place: Place }) {
  const span = (Object.keys(SPANS) as Span[]).find((each) => each === query.get('since')) ?? 'day';
  const device = query.get('device') ?? undefined;
  // Another time is another query: it moves on with the hour only.
  const hour = Math.floor(useNow(60_000) / HOUR_MS);
  const untilMs = (hour + 1) * HOUR_MS;
  const sinceMs = untilMs - SPANS[span];
  const figures = useQuery(api.figures.fleet, { sinceMs, ...(device !== undefined && { device }) });
  const go = (next: { since?: string; device?: string | undefined }) =>
    goTo(addressOf(['fleet'], { since: span, device, ...next }), { replace: true });
  return (
    <>
      <div class="page-head">
        <h1>Figures</h1>
        <span class="space" />
        <DeviceChoice device={device} onChoose={(chosen) => go({ device: chosen })} />
        <Choice
          label="Time"
          value={span}
          options={[
            ['day', 'Day'],
            ['week', 'Week'],
            ['month', 'Month'],
          ]}
          onChoose={(since) => go({ since })}
        />
      </div>
      {!figures && <Skeleton rows={5} label="The figures are read" />}
      {figures?.total.turns === 0 && (
        <EmptyState icon={icons.chartIcon} title="No turns in this time">
          {device === undefined ? 'No device has' : `${device} has not`} had a conversation. Choose a longer time.
        </EmptyState>
      )}
      {figures !== undefined && figures.total.turns > 0 && (
        <Figures figures={figures} sinceMs={sinceMs} untilMs={untilMs} />
      )}
    </>
  );
}

function DeviceChoice({
  device,
  onChoose,
}: {
  device: string | undefined;
  onChoose(device: string | undefined): void;
}) {
  const devices = useQuery(api.devices.list, {});
  const names = new Set((devices ?? []).map(({ name }) => name));
  if (device !== undefined) names.add(device);
  return (
    <select
      class="device-choice"
      aria-label="Device"
      value={device ?? ''}
      onChange={({ currentTarget: { value } }) => onChoose(value === '' ? undefined : value)}
    >
      <option value="">All devices</option>
      {[...names].sort().map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function Figures({ figures, sinceMs, untilMs }: { figures: Fleet; sinceMs: number; untilMs: number }) {
  const { total } = figures;
  const periods = useMemo(() => filledPeriods(figures, sinceMs, untilMs), [figures, sinceMs, untilMs]);
  const timesMs = useMemo(() => periods.map(({ startsAt }) => startsAt), [periods]);
  const latency = useMemo(() => {
    const ofTotal = (name: 'p50Ms' | 'p95Ms') => periods.map(({ stages }) => stages.total?.[name] ?? null);
    return [
      { label: 'p50', color: '--series-1', values: ofTotal('p50Ms') },
      { label: 'p95', color: '--series-2', values: ofTotal('p95Ms') },
    ];
  }, [periods]);
  const counts = useMemo(
    () => [
      { label: 'turns', color: '--series-1', kind: 'bars' as const, values: periods.map(({ turns }) => turns) },
      { label: 'errors', color: '--series-3', kind: 'bars' as const, values: periods.map(({ errors }) => errors) },
    ],
    [periods],
  );
  // A bar is as wide as half of its period on each side of its time. The first day has begun before the time that is asked for.
  const halfMs = PERIOD_MS[figures.unit] / 2;
  const span = {
    timesMs,
    fromMs: (timesMs[0] ?? sinceMs) - halfMs,
    toMs: (timesMs.at(-1) ?? untilMs) + halfMs,
    areDays: figures.unit === 'day',
  };
  const count = (value: number) => (Number.isInteger(value) ? value.toLocaleString('en-GB') : '');
  return (
    <div class="stack">
      <section class="card figures" aria-label="Totals">
        <Total label={total.turns === 1 ? 'turn' : 'turns'} value={total.turns.toLocaleString('en-GB')} />
        <Total
          label={`${total.errors === 1 ? 'error' : 'errors'}, ${errorShare(total)} of the turns`}
          value={total.errors.toLocaleString('en-GB')}
          isBad={total.errors > 0}
        />
        <Total label="p50 until the reply" value={total.stages.total ? durationText(total.stages.total.p50Ms) : '–'} />
        <Total label="p95 until the reply" value={total.stages.total ? durationText(total.stages.total.p95Ms) : '–'} />
      </section>
      <div class="plots">
        <section class="card">
          <Plot title="Until the reply" lines={latency} format={durationText} atLeast={200} heightPx={220} {...span} />
        </section>
        <section class="card">
          <Plot
            title={figures.unit === 'hour' ? 'Turns an hour' : 'Turns a day'}
            lines={counts}
            format={count}
            atLeast={4}
            heightPx={220}
            {...span}
          />
        </section>
      </div>
      <StageTable stages={total.stages} />
      <p class="quiet">
        {countText(total.turns, 'turn')}. Quantiles are within 5 %.{' '}
        {figures.unit === 'day' && 'Days begin at midnight UTC.'}
      </p>
    </div>
  );
}

function Total({ label, value, isBad = false }: { label: string; value: string; isBad?: boolean }) {
  return (
    <div class="figure" data-bad={isBad ? '' : undefined}>
      <b>{value}</b>
      <span>{label}</span>
    </div>
  );
}

function errorShare({ turns, errors }: { turns: number; errors: number }): string {
  const percent = (errors / turns) * 100;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}
