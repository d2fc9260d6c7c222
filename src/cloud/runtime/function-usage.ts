/** Counts the calls of each function, and what their transactions read and wrote: what a deployment is paid and limited by. */
import type { TransactionUsage } from '../database/database.ts';
import type { FunctionUsage } from './runtime.ts';

export interface FunctionUsageCounter {
  /** One call is over. */
  count(name: string, usage: TransactionUsage): void;
  byName(): Record<string, FunctionUsage>;
}

export function createFunctionUsage(): FunctionUsageCounter {
  const all = new Map<string, FunctionUsage>();
  return {
    count(name, { documentsRead, bytesRead, documentsWritten, bytesWritten }) {
      const sum = all.get(name) ?? { calls: 0, documentsRead: 0, bytesRead: 0, documentsWritten: 0, bytesWritten: 0 };
      sum.calls += 1;
      sum.documentsRead += documentsRead;
      sum.bytesRead += bytesRead;
      sum.documentsWritten += documentsWritten;
      sum.bytesWritten += bytesWritten;
      all.set(name, sum);
    },
    byName: () => Object.fromEntries([...all].map(([name, sum]) => [name, { ...sum }])),
  };
}
