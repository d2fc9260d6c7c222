/**
 * The metrics as lines for a terminal. Pure.
 */
import type { EchoMetrics } from '../../core/actor/audio-metrics.ts';
import type { MonitorMetrics } from './metrics.ts';

const BAR_CELLS = 20;
/** Specification, "Target Performance" and "Target Latencies": shown beside the metric. */
const CPU_TARGET_PERCENT = 30;
const MEMORY_TARGET_MB = 50;
const BYTES_TARGET = 5_000;

const THREADS: Record<MonitorMetrics['threads'], string> = { one: 'one thread', two: 'two threads' };

const LOOKS_FOR: Record<MonitorMetrics['attention'], string> = {
  nothing: '',
  wake: 'looks for the wake word',
  speech: 'looks for speech',
  end: 'looks for the end of the speech',
  interruption: 'looks for a person who speaks over the reply',
};

export function view(metrics: MonitorMetrics): string[] {
  const { totals, sent, received } = metrics;
  const link = metrics.connected ? `connected, ${metrics.networkLatencyMs.toFixed(1)} ms round trip` : 'not connected';
  const width = Math.max(...['frames sent', ...metrics.buffers.map(({ name }) => name)].map((name) => name.length));
  const row = (name: string, value: string, budget = '') =>
    `${name.padEnd(width)}${value.padStart(18)}  ${budget}`.trimEnd();
  return [
    `earshot ${metrics.version}, process ${metrics.pid}, ${THREADS[metrics.threads]}, up ${duration(metrics.upSeconds)}: ${metrics.state}, ${link}`,
    '',
    row('cpu', `${metrics.cpuPercent.toFixed(1)} %`, `of one core; budget ${CPU_TARGET_PERCENT} % while streaming`),
    row(
      'memory',
      `${metrics.memoryMb.toFixed(1)} MB`,
      `resident, Node's own 40 included; budget ${MEMORY_TARGET_MB} for audio`,
    ),
    row('microphone', metrics.microphone, LOOKS_FOR[metrics.attention]),
    row('sent', `${sent.bytesPerSecond} B/s`, `${sent.bytes} bytes in all; budget ${BYTES_TARGET} B/s`),
    row('received', `${received.bytesPerSecond} B/s`, `${received.bytes} bytes in all`),
    ...(metrics.guardMs === undefined
      ? []
      : [
          row(
            'card guard',
            `${metrics.guardMs.toFixed(1)} ms`,
            'before the card would run out of samples; 5 on an idle machine',
          ),
        ]),
    ...(metrics.echo === undefined
      ? []
      : [row('echo', `${metrics.echo.erleDb.toFixed(1)} dB`, aboutEcho(metrics.echo))]),
    '',
    ...metrics.buffers.map(({ name, unit = '', depth, limit, dropped }) =>
      row(
        name,
        `${depth} of ${limit} ${unit}`.trimEnd(),
        `${bar(depth / limit)}${dropped > 0 ? `  ${dropped} dropped` : ''}`,
      ),
    ),
    '',
    row(
      'turns',
      String(totals.turns),
      `${totals.failedTurns} failed, ${totals.linkLosses} link losses, ${totals.actorCrashes} crashes`,
    ),
    row(
      'frames sent',
      String(totals.framesSent),
      `${totals.framesDropped} dropped, ${totals.captureOverflows} card overflows`,
    ),
    row(
      'played',
      String(totals.framesPlayed),
      `${totals.framesLost} lost, ${Math.round(totals.concealedMs)} ms concealed, ${totals.underruns} underruns`,
    ),
  ];
}

function aboutEcho({ canceller, isConverged, delayMs }: EchoMetrics): string {
  if (canceller === 'none') return 'no echo canceller: a reply cannot be interrupted by voice';
  if (!isConverged) return `less of it; ${canceller} has not converged`;
  return `less of it, by ${canceller}; it arrives ${delayMs.toFixed(0)} ms late`;
}

function bar(share: number): string {
  const cells = Math.round(Math.min(1, share) * BAR_CELLS);
  return '█'.repeat(cells) + '░'.repeat(BAR_CELLS - cells);
}

function duration(seconds: number): string {
  const [days, hours, minutes] = [seconds / 86_400, (seconds / 3_600) % 24, (seconds / 60) % 60].map(Math.floor);
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min` : `${seconds} s`;
}
