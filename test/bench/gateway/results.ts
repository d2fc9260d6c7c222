/**
 * The results of measuring a server with this many devices, and their output.
 */
export type ServerKind = 'gateway' | 'raw';
export type Mode = 'echo' | 'parrot' | 'idle';

export interface Load {
  mode: Mode;
  devices: number;
  seconds: number;
}

export interface ServerResult {
  kind: ServerKind;
  /** From the first connection to the last welcome. */
  connectMs: number;
  /** Processor time of the server for a second of one stream (idle: of one device), in ms. */
  cpuMsPerStreamSecond: number;
  /** From sending a packet until its echo was received (parrot: from FINAL to the first packet of the reply). */
  delayMs: { p50: number; p99: number; max: number };
  /** Resident memory per device while all devices are active, above the memory before the first one connected. */
  kbPerDevice: number;
  residentMb: number;
  packets: number;
  /** Packets that did not come back. */
  missing: number;
  /** Of several processes that serve devices: the share of each in their processor time. */
  shares?: number[];
}

export interface Comparison extends Load {
  /** The name of the clone and its results, and those of the raw server. */
  servers: { name: string; result: ServerResult; cpuOfFirst?: Ratio }[];
}

/** The processor time of a server divided by that of the first one in the same round: the median of the rounds, and the range. */
export interface Ratio {
  median: number;
  lowest: number;
  highest: number;
}

export function ratioOf(rounds: readonly ServerResult[], firstRounds: readonly ServerResult[]): Ratio {
  const ratios = rounds
    .map((each, i) => each.cpuMsPerStreamSecond / (firstRounds[i]?.cpuMsPerStreamSecond ?? Number.NaN))
    .sort((a, b) => a - b);
  return { median: quantile(ratios, 0.5), lowest: quantile(ratios, 0), highest: quantile(ratios, 1) };
}

export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

export function table({ mode, devices, seconds, servers }: Comparison): string[] {
  const raw = servers.find(({ result }) => result.kind === 'raw')?.result;
  const head = `${mode}, ${devices} devices, ${seconds} s`.padEnd(30);
  const columns = ['all in', 'CPU ms/s', 'of raw', 'p50 ms', 'p99 ms', 'max ms', 'KB/device', 'MB in all', 'missing'];
  return [
    head + columns.map((name) => name.padStart(11)).join(''),
    ...servers.flatMap(({ name, result, cpuOfFirst }) => {
      const { connectMs, cpuMsPerStreamSecond: cpu, delayMs, kbPerDevice, residentMb, missing } = result;
      const cells = [
        `${(connectMs / 1_000).toFixed(1)} s`,
        cpu.toFixed(3),
        raw ? (cpu / raw.cpuMsPerStreamSecond).toFixed(2) : '–',
        ...[delayMs.p50, delayMs.p99, delayMs.max].map((ms) => (Number.isFinite(ms) ? ms.toFixed(1) : '–')),
        kbPerDevice.toFixed(0),
        residentMb.toFixed(0),
        String(missing),
      ];
      const shares = result.shares?.map((share) => `${(share * 100).toFixed(0)} %`);
      return [
        name.padEnd(30) + cells.map((cell) => cell.padStart(11)).join(''),
        ...(cpuOfFirst ? [`  CPU of the first, by round: ${ratioText(cpuOfFirst)}`] : []),
        ...(shares ? [`  of the CPU time, by process: ${shares.join(', ')}`] : []),
      ];
    }),
  ];
}

function ratioText({ median, lowest, highest }: Ratio): string {
  return `${median.toFixed(2)} (${lowest.toFixed(2)}–${highest.toFixed(2)})`;
}
