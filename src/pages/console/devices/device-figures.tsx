/**
 * What a device reports of itself: the newest figures, and how some of them changed.
 */
import { useQuery } from 'convex/react';
import { countText, durationText, relativeText } from '../../design/formats.ts';
import { Plot, type PlotLine } from '../plots/plot.tsx';
import { api } from '../shell/api.ts';
import { addressOf } from '../shell/location.ts';
import { useNow } from '../shell/now.ts';

/** Enough for some hours, and little to read again at each report. */
const REPORTS = 240;

type Figures = Record<string, number>;

const percent = (value: number) => `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;
const megabytes = (value: number) => `${Math.round(value)} MB`;
const milliseconds = (value: number) => durationText(value);

const PLOTS: { name: string; title: string; color: string; format: (value: number) => string; atLeast: number }[] = [
  { name: 'cpuPercent', title: 'Processor', color: '--series-1', format: percent, atLeast: 10 },
  { name: 'memoryMb', title: 'Memory', color: '--series-4', format: megabytes, atLeast: 100 },
  { name: 'networkLatencyMs', title: 'Round trip', color: '--series-2', format: milliseconds, atLeast: 20 },
];

/** Counters since the device was started. An error is one that is not 0. */
const COUNTERS: { name: string; label: string; isError?: true }[] = [
  { name: 'turns', label: 'turns' },
  { name: 'failedTurns', label: 'failed turns', isError: true },
  { name: 'linkLosses', label: 'connections lost', isError: true },
  { name: 'framesLost', label: 'frames lost', isError: true },
  { name: 'underruns', label: 'underruns', isError: true },
  { name: 'captureOverflows', label: 'recordings with gaps', isError: true },
  { name: 'actorCrashes', label: 'crashes', isError: true },
];

export function DeviceFigures({ name }: { name: string }) {
  const reports = useQuery(api.reports.list, { device: name, limit: REPORTS });
  const nowMs = useNow();
  const newest = reports?.[0];
  return (
    <section class="card" aria-labelledby="figures">
      <header>
        <h2 id="figures">Figures</h2>
        <a href={addressOf(['fleet'], { device: name })}>Latency and errors</a>
      </header>
      {reports && !newest && (
        <p class="quiet">It has not reported any yet. A device reports every minute while it is connected.</p>
      )}
      {newest && (
        <div class="stack">
          <Counters figures={newest.figures} />
          <Plots reports={[...(reports ?? [])].reverse()} />
          <p class="quiet">
            Reported {relativeText(newest.at, nowMs)}
            {newest.figures.upSeconds !== undefined && `, ${durationWords(newest.figures.upSeconds)} after its start`}
          </p>
        </div>
      )}
    </section>
  );
}

function Counters({ figures }: { figures: Figures }) {
  return (
    <div class="figures">
      {COUNTERS.filter(({ name }) => figures[name] !== undefined).map(({ name, label, isError }) => (
        <div class="figure" key={name} data-bad={isError && figures[name] !== 0 ? '' : undefined}>
          <b>{figures[name]?.toLocaleString('en-GB')}</b>
          <span>{label}</span>
        </div>
      ))}
    </div>
  );
}

function Plots({ reports }: { reports: readonly { at: number; figures: Figures }[] }) {
  const timesMs = reports.map(({ at }) => at);
  return PLOTS.map(({ name, title, color, format, atLeast }) => {
    const values = reports.map(({ figures }) => figures[name] ?? null);
    if (values.every((value) => value === null)) return null;
    const lines: PlotLine[] = [{ label: '', color, values }];
    return (
      <Plot key={name} title={title} timesMs={timesMs} lines={lines} format={format} atLeast={atLeast} heightPx={110} />
    );
  });
}

function durationWords(seconds: number): string {
  if (seconds < 3_600) return countText(Math.max(1, Math.round(seconds / 60)), 'minute');
  if (seconds < 2 * 86_400) return countText(Math.round(seconds / 3_600), 'hour');
  return countText(Math.round(seconds / 86_400), 'day');
}
