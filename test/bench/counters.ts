/**
 * The kernel's counters of a process: CPU time and wake-ups of each thread, memory. Read from /proc, so that the
 * measurement costs the process nothing.
 */
import { readdirSync, readFileSync } from 'node:fs';

export interface ThreadCount {
  tid: number;
  /** Counted by the scheduler in ns; /proc/…/stat estimates it by ticks. */
  cpuMs: number;
  wakeUps: number;
}

export interface Usage {
  cpuMsPerSecond: number;
  wakeUpsPerSecond: number;
  /** The main thread first, then the busiest. */
  threads: { name: string; cpuMsPerSecond: number; wakeUpsPerSecond: number }[];
}

export interface Memory {
  residentMb: number;
  /** Anonymous memory: not backed by a file, used by this process alone. */
  anonymousMb: number;
}

export function threadsOf(pid: number): ThreadCount[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((tid) => {
    try {
      const [ns] = readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ');
      const status = readFileSync(`/proc/${pid}/task/${tid}/status`, 'utf8');
      // A waiting thread releases the processor voluntarily: the number of these releases is the number of wake-ups.
      const wakeUps = Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
      return [{ tid: Number(tid), cpuMs: Number(ns) / 1e6, wakeUps }];
    } catch {
      return []; // It has ended since.
    }
  });
}

export function usageBetween(pid: number, before: ThreadCount[], after: ThreadCount[], seconds: number): Usage {
  const threads = after
    .map(({ tid, cpuMs, wakeUps }) => {
      const then = before.find((each) => each.tid === tid);
      return {
        name: tid === pid ? 'main' : `thread ${tid - pid}`,
        cpuMsPerSecond: (cpuMs - (then?.cpuMs ?? 0)) / seconds,
        wakeUpsPerSecond: (wakeUps - (then?.wakeUps ?? 0)) / seconds,
      };
    })
    .sort((a, b) => Number(b.name === 'main') - Number(a.name === 'main') || b.cpuMsPerSecond - a.cpuMsPerSecond);
  return {
    cpuMsPerSecond: sum(threads.map((each) => each.cpuMsPerSecond)),
    wakeUpsPerSecond: sum(threads.map((each) => each.wakeUpsPerSecond)),
    threads: threads.filter(({ cpuMsPerSecond, wakeUpsPerSecond }) => cpuMsPerSecond > 0.05 || wakeUpsPerSecond > 0.5),
  };
}

export function memoryOf(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1]) / 1_024;
  return { residentMb: mb('Rss'), anonymousMb: mb('Anonymous') };
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
