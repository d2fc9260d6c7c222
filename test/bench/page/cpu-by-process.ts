/** CPU time of the processes that this one has started, and of theirs, by the kind of each process and thread. */
import { readdirSync, readFileSync } from 'node:fs';
import { threadsOf } from '../counters.ts';

export type CpuByProcess = Map<string, number>;

/** In ms since each was started. @param kindOf of a thread, by the command line of its process and its own name (15 characters at most) */
export function cpuByProcess(kindOf: (command: string, thread: string) => string): CpuByProcess {
  const total: CpuByProcess = new Map();
  for (const pid of descendantsOf(process.pid)) {
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
    for (const { tid, cpuMs } of threadsOf(pid)) {
      const kind = kindOf(command, read(`/proc/${pid}/task/${tid}/comm`).trim());
      total.set(kind, (total.get(kind) ?? 0) + cpuMs);
    }
  }
  return total;
}

function descendantsOf(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // Its name, in brackets, may contain spaces.
    const parent = Number(read(`/proc/${name}/stat`).split(') ')[1]?.split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  for (const waiting = [...(children.get(root) ?? [])]; waiting.length > 0; ) {
    const pid = waiting.pop() as number;
    found.push(pid);
    waiting.push(...(children.get(pid) ?? []));
  }
  return found;
}

/** Empty for a process that has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
