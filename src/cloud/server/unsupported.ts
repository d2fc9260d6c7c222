/**
 * What the official command line asks of a deployment and this one does not do, with what does it instead.
 */
const UNSUPPORTED: [path: RegExp, sentence: string][] = [
  [
    /^\/api\/(?:deploy2\/|push_config|prepare_schema|get_config|get_config_hashes|schema_state\/)/,
    'The embedded cloud does not support convex dev and convex deploy: its functions are part of Earshot.',
  ],
  [/^\/api\/export\//, 'The embedded cloud does not support convex export: use earshot cloud export.'],
  [
    /^\/api\/(?:import\b|perform_import|cancel_import|streaming_import)/,
    'The embedded cloud does not support convex import: use earshot cloud import.',
  ],
  [
    /^\/api\/(?:update_environment_variables|list_environment_variables|v1\/.*environment_variables)/,
    "The embedded cloud does not support convex env: its functions have the gateway's environment variables.",
  ],
  [
    /^\/api\/(?:stream_function_logs|stream_udf_execution|app_metrics\/)/,
    'The embedded cloud does not support convex logs: the gateway logs what fails.',
  ],
  [/^\/api\/run_test_function$/, 'The embedded cloud does not support inline queries: call a function of convex/.'],
  [
    /^\/api\/(?:document_deltas|list_snapshot|json_schemas|v1\/)/,
    'The embedded cloud does not support streaming export and the platform API.',
  ],
];

/** One sentence; undefined: nothing of Convex's is there. */
export function unsupported(path: string): string | undefined {
  return UNSUPPORTED.find(([pattern]) => pattern.test(path))?.[1];
}
