/**
 * The version of the functions of the cloud (convex/). A deployment tells the one that it has, a gateway compares it with its own: functions are to be
 * deployed before the gateways that call them are updated.
 */

/** Raised when gateways call a function, or pass an argument, that deployments did not have before (test/cloud/functions-version.test.ts). */
export const FUNCTIONS_VERSION = 2;
