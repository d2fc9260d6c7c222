/**
 * Runs turns and computes statistics of their latencies, for programs and for people.
 */
import type { TurnRecord } from '../../../machines/turn-record.ts';
import { reportTurn, type StageLatencies } from '../../observability/turn-report.ts';
import { type AcousticTurn, compareStages, type Instrument, takeAcousticTurn } from './acoustic.ts';
import { chart } from './chart.ts';
import type { MeasuredDevice } from './measured-device.ts';
import { type LatencyStatistics, latencyStatistics, type Percentiles, percentiles } from './statistics.ts';

export interface Run {
  device: MeasuredDevice;
  iterations: number;
  /** How many turns are over. */
  onTurn(turns: number): void;
}

export interface StageFigures {
  iterations: number;
  answered: number;
  roundTripMs: Percentiles | undefined;
  /** By stage. */
  latencyMs: LatencyStatistics;
}

export interface AcousticResult extends StageFigures {
  /** Turns in which the chirp was found. */
  heard: number;
  acoustic: {
    /** `mouth-to-ear` with `echo`; `answer` with `parrot`: from the end of speech to the first sample of the reply. */
    measured: 'mouth-to-ear' | 'answer';
    heardMs: Percentiles;
    /** The sum of the stages of the same turns, and the delay of the codec. */
    accountedMs: Percentiles;
    /** The measured delay minus that sum: what the stages do not measure, or measure wrongly. */
    unexplainedMs: Percentiles;
    /** In the order in which they were taken. */
    turns: Omit<AcousticTurn, 'measured'>[];
  } | null;
}

export interface Result<Figures> {
  figures: Figures;
  lines: string[];
}

export async function measureStages({ device, iterations, onTurn }: Run): Promise<Result<StageFigures>> {
  const records: TurnRecord[] = [];
  await takeTurn(device); // Warm-up turns: code that runs for the first time is compiled in them.
  for (let turn = 0; turn < iterations; turn++) {
    records.push(await takeTurn(device));
    onTurn(turn + 1);
  }
  const figures = stageFigures(records);
  return { figures, lines: [...chart(figures.latencyMs), '', summary(figures)] };
}

function takeTurn(device: MeasuredDevice): Promise<TurnRecord> {
  const finished = device.finished();
  device.press();
  return finished;
}

export async function measureAcoustically(run: Run & { instrument: Instrument }): Promise<Result<AcousticResult>> {
  const { device, instrument, iterations, onTurn } = run;
  const records: TurnRecord[] = [];
  const heard = [];
  await takeAcousticTurn(device, instrument);
  for (let turn = 0; turn < iterations; turn++) {
    const { record, delayMs } = await takeAcousticTurn(device, instrument);
    records.push(record);
    const compared = delayMs === undefined ? undefined : compareStages(record, delayMs);
    if (compared) heard.push(compared);
    onTurn(turn + 1);
  }
  const heardMs = percentiles(heard.map((turn) => turn.heardMs));
  const accountedMs = percentiles(heard.map((turn) => turn.accountedMs));
  const unexplainedMs = percentiles(heard.map((turn) => turn.heardMs - turn.accountedMs));
  const measured = heard[0]?.measured;
  const acoustic =
    measured && heardMs && accountedMs && unexplainedMs
      ? { measured, heardMs, accountedMs, unexplainedMs, turns: heard.map(({ measured: _, ...turn }) => turn) }
      : null;
  const figures = { ...stageFigures(records), heard: heard.length, acoustic };
  return { figures, lines: [...chart(figures.latencyMs), '', summary(figures), ...describe(figures)] };
}

function stageFigures(records: readonly TurnRecord[]): StageFigures {
  const reports = records.map(reportTurn);
  const answered = reports.filter(({ outcome }) => outcome === 'done');
  const stages: StageLatencies[] = answered.map(({ latencyMs }) => latencyMs);
  return {
    iterations: records.length,
    answered: answered.length,
    roundTripMs: percentiles(answered.map(({ roundTripMs }) => roundTripMs)),
    latencyMs: latencyStatistics(stages),
  };
}

function summary({ iterations, answered, roundTripMs }: StageFigures): string {
  const ping = roundTripMs ? `; round trip of a ping ${roundTripMs.p50.toFixed(1)} ms` : '';
  return `${answered} of ${iterations} turns answered; all in ms${ping}`;
}

const MEASURED = {
  'mouth-to-ear': 'mouth to ear',
  answer: 'end of speech to first sample of the reply',
} as const;

function describe({ acoustic, heard, answered }: AcousticResult): string[] {
  if (!acoustic)
    return ['the chirp was never found: are --output-device, --input-device and --reference right, and loud enough?'];
  const row = (name: string, { p50, p95, p99 }: Percentiles) =>
    `${name.padEnd(44)}${[p50, p95, p99].map((ms) => ms.toFixed(1).padStart(9)).join('')}`;
  return [
    '',
    `${`found in ${heard} of ${answered} turns`.padEnd(44)}${['p50', 'p95', 'p99'].map((each) => each.padStart(9)).join('')}`,
    row(MEASURED[acoustic.measured], acoustic.heardMs),
    row('stages and codec add up to', acoustic.accountedMs),
    row('not in the stages', acoustic.unexplainedMs),
  ];
}
