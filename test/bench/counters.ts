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

/** Anonymous memory by what it is for. */
export const MEMORY_PARTS = ['objects', 'code', 'malloc', 'rest'] as const;
export type MemoryParts = Record<(typeof MEMORY_PARTS)[number], number>;

/** MB. Some ms of this process; the measured one waits only if it maps memory meanwhile. */
export function memoryByPart(pid: number): MemoryParts {
  const parts: MemoryParts = { objects: 0, code: 0, malloc: 0, rest: 0 };
  let part: keyof MemoryParts = 'rest';
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const mapping = /^([0-9a-f]+)-[0-9a-f]+ (\S+) \S+ \S+ \S+ *(.*)$/.exec(line);
    if (mapping) part = partOf(Number.parseInt(mapping[1] ?? '', 16), mapping[2] ?? '', mapping[3] ?? '');
    else parts[part] += Number(/^Anonymous:\s+(\d+) kB/.exec(line)?.[1] ?? 0) / 1_024;
  }
  return parts;
}

/** V8 asks for pages of objects at random addresses of 46 bits; the kernel chooses those of all other mappings, near the stack. */
const KERNEL_MAPS_FROM = 0x7e00_0000_0000;
/** Arenas of glibc begin at a multiple of this; the first one is the heap. */
const ARENA_BYTES = 64 * 1_024 * 1_024;

function partOf(start: number, permissions: string, name: string): keyof MemoryParts {
  if (permissions.includes('x')) return name === '' ? 'code' : 'rest';
  if (name === '[heap]') return 'malloc';
  if (name !== '') return 'rest';
  if (start >= KERNEL_MAPS_FROM) return start % ARENA_BYTES === 0 ? 'malloc' : 'rest';
  // Below V8's pages is the program with its variables.
  return start > 0x1_0000_0000 ? 'objects' : 'rest';
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}
