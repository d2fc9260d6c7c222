/** System calls of `ctx.scheduler`. In an action each is a transaction of its own. */
import type { JSONValue } from 'convex/values';
import type { Database, Writer } from '../database/database.ts';
import type { Execution, SystemCall } from './execution.ts';
import { addressedName } from './function-names.ts';
import type { PreparedFunction } from './prepared-function.ts';
import { addRow, cancel } from './scheduled-rows.ts';
import { asText } from './values.ts';

const SECOND_MS = 1_000;

export interface SchedulingOptions {
  database: Database;
  functions: ReadonlyMap<string, PreparedFunction>;
  /** A function was scheduled, and that is on the disk. */
  onScheduled(): void;
}

export function schedulingCalls({ database, functions, onScheduled }: SchedulingOptions): Record<string, SystemCall> {
  const schedule: SystemCall = (execution, { ts, args, ...address }) => {
    const name = addressedName(address);
    checkSchedulable(functions, name);
    return writing(database, execution, (writer) => {
      const id = addRow(writer, execution.root, { name, args: args as JSONValue, scheduledTime: ts * SECOND_MS });
      writer.afterCommit(onScheduled);
      return asText(id);
    });
  };
  const cancelJob: SystemCall = (execution, { id }) =>
    writing(database, execution, (writer) => {
      cancel(writer, execution.root, id);
      return 'null';
    });
  return {
    schedule,
    cancel_job: cancelJob,
    'actions/schedule': schedule,
    'actions/cancel_job': cancelJob,
  };
}

function checkSchedulable(functions: ReadonlyMap<string, PreparedFunction>, name: string): void {
  const fn = functions.get(name);
  if (!fn) {
    const [module, exported] = name.split(':');
    throw new Error(
      `Attempted to schedule function, but no exported function ${exported} found in the file: ${module}.js. Did you forget to export it?`,
    );
  }
  if (fn.kind === 'query') throw new Error(`${name} is a query. Only mutations and actions can be scheduled.`);
}

function writing(
  database: Database,
  { writer, reader }: Execution,
  work: (writer: Writer) => string,
): string | Promise<string> {
  if (writer) return work(writer);
  if (reader) throw new Error('A query cannot schedule functions. Use a mutation.');
  return database.write(async (own) => work(own));
}
