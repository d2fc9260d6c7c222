/**
 * What the official command line asks of a deployment and this one does not do, with what does it instead.
 */
import { NOT_SUPPORTED } from '../runtime/not-supported.ts';
import { HttpError } from './http-answer.ts';

const UNSUPPORTED: [path: RegExp, command: keyof typeof NOT_SUPPORTED][] = [
  [/^\/api\/(?:deploy2\/|push_config|prepare_schema|get_config|get_config_hashes|schema_state\/)/, 'deploy'],
  [/^\/api\/export\//, 'export'],
  [/^\/api\/(?:import\b|perform_import|cancel_import|streaming_import)/, 'import'],
  [/^\/api\/(?:update_environment_variables|list_environment_variables|v1\/.*environment_variables)/, 'env'],
  [/^\/api\/(?:stream_function_logs|stream_udf_execution|app_metrics\/)/, 'logs'],
  [/^\/api\/run_test_function$/, 'inline'],
  [/^\/api\/(?:document_deltas|list_snapshot|json_schemas|v1\/)/, 'platform'],
];

/** Undefined: nothing of Convex's is there. */
export function unsupported(path: string): HttpError | undefined {
  const command = UNSUPPORTED.find(([pattern]) => pattern.test(path))?.[1];
  if (!command) return undefined;
  // For logs the command line asks again and again, and says nothing, until it is told that it may not.
  return new HttpError(command === 'logs' ? 403 : 400, 'NotSupported', NOT_SUPPORTED[command]);
}
