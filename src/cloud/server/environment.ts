/**
 * The environment variables of the functions: what an operator would set on a deployment with `convex env set`. Here they are set for the
 * gateway, and of its environment the functions see only these: it has the keys of other services.
 */

/** Those that convex/ reads. */
const NAMES = ['EARSHOT_JWKS', 'EARSHOT_TOKEN_DAYS'] as const;

export type FunctionVariables = Record<string, string>;

export function functionVariables(environment: NodeJS.ProcessEnv): FunctionVariables {
  return Object.fromEntries(NAMES.flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])));
}
