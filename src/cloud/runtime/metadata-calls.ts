/** System calls of `ctx.auth` and `ctx.meta`, and handles of functions. What the embedded cloud does not have is refused by name. */
import { convexToJson } from 'convex/values';
import type { Database } from '../database/database.ts';
import type { SystemCall, SystemCallNow, ValueCall } from './execution.ts';
import { type Execution, readerOf } from './execution.ts';
import { addressedName, handleOf } from './function-names.ts';
import { asText } from './values.ts';

/** Name of the deployment that `ctx.meta` tells, and the smallest class of one. */
const DEPLOYMENT = { name: 'embedded', region: null, class: 's16' };

export function metadataCalls(functions: ReadonlyMap<string, unknown>): Record<string, SystemCall> {
  return {
    getUserIdentity: ({ root }) => asText(root.caller.identity as never),
    getFunctionMetadata: ({ name }) => asText({ name, componentPath: '' }),
    getDeploymentMetadata: () => asText(DEPLOYMENT),
    getRequestMetadata({ root, kind }) {
      if (kind === 'query') throw new Error('Cannot get request metadata in a Query');
      const { ip = null, userAgent = null, authToken = null } = root.caller.request ?? {};
      return asText({ ip, userAgent, authToken, requestId: root.requestId, scheduledFunctionId: root.jobId });
    },
    createFunctionHandle(_execution, args) {
      const name = addressedName(args);
      if (!functions.has(name)) throw new Error(`Could not find function for '${name}'.`);
      return asText(handleOf(name));
    },
    signJwt: notSupported('ctx.auth.signJwt'),
    createServiceToken: notSupported('getServiceToken'),
    getServiceUrl: notSupported('getServiceUrl'),
    auditLog: notSupported('log.audit'),
    'actions/vectorSearch': notSupported('ctx.vectorSearch'),
    getTransactionMetrics(execution) {
      readerOf(execution);
      return notSupported('ctx.meta.getTransactionMetrics')();
    },
  };
}

export function metadataNow(database: Database): Record<string, SystemCallNow> {
  return {
    getSnapshotTs(execution: Execution) {
      readerOf(execution);
      return asText(convexToJson(database.timestamp()));
    },
    componentArgument: notSupported('componentArg'),
  };
}

/** Convex's library routes requests itself only inside its own runtime. */
export const metadataValues: Record<string, ValueCall> = {
  requestFromConvexJson: notSupported('HttpRouter.runRequest'),
  convexJsonFromResponse: notSupported('HttpRouter.runRequest'),
};

function notSupported(name: string): () => never {
  return () => {
    throw new Error(`The embedded cloud does not support ${name}. Use a deployment of Convex.`);
  };
}
