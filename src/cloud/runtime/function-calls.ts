/** System calls by which functions call other functions. */
import type { JSONValue } from 'convex/values';
import type { CallArguments, Execution, SystemCall } from './execution.ts';
import { addressedName, kindName } from './function-names.ts';
import { MAX_CALL_DEPTH } from './limits.ts';
import type { FunctionKind } from './runtime.ts';

export interface Calls {
  /** In the transaction of the function that calls. */
  nested(kind: 'query' | 'mutation', name: string, args: JSONValue, parent: Execution): Promise<string>;
  /** From an action; a query and a mutation are transactions of their own. */
  fromAction(kind: FunctionKind, name: string, args: JSONValue, parent: Execution): Promise<string>;
}

export function callCalls(calls: Calls): Record<string, SystemCall> {
  const fromAction =
    (kind: FunctionKind): SystemCall =>
    (execution, args) => {
      checkDepth(execution);
      return calls.fromAction(kind, addressedName(args), args.args, execution);
    };
  return {
    runUdf(execution, args) {
      const { udfType, transactionLimits } = args;
      checkNested(execution, udfType);
      checkDepth(execution);
      if (udfType === 'snapshotQuery') throw unsupportedOption('useStaleSnapshot');
      if (transactionLimits !== undefined) throw unsupportedOption('transactionLimits');
      return nested(execution, args);
    },
    'actions/query': fromAction('query'),
    'actions/mutation': fromAction('mutation'),
    'actions/action': fromAction('action'),
  };

  /** What a mutation that failed has written is undone, so nothing else may write meanwhile. */
  function nested(execution: Execution, { udfType, args, ...address }: CallArguments): Promise<string> {
    const result = calls.nested(udfType, addressedName(address), args, execution);
    if (udfType !== 'mutation') return result;
    const done = result.then(end, end);
    function end(): void {
      if (execution.blockedBy === done) execution.blockedBy = undefined;
    }
    execution.blockedBy = done;
    return result;
  }
}

function checkNested({ kind }: Execution, udfType: string): void {
  if (kind === 'mutation' || (kind === 'query' && udfType === 'query')) return;
  throw new Error(`Cannot call a ${kindName(udfType)} function from a ${kindName(kind)} function`);
}

function checkDepth({ depth }: Execution): void {
  if (depth < MAX_CALL_DEPTH) return;
  throw new Error('Cross component call depth limit exceeded. Do you have an infinite loop in your app?');
}

function unsupportedOption(name: string): Error {
  return new Error(`The embedded cloud does not support the option ${name} of ctx.runQuery and ctx.runMutation.`);
}
