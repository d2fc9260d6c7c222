/** Commands of Convex's command line that the embedded cloud does not support, with what does it instead. One sentence each. */
export const NOT_SUPPORTED = {
  deploy: 'The embedded cloud does not support convex dev and convex deploy: its functions are part of Earshot.',
  export: 'The embedded cloud does not support convex export: use earshot cloud export.',
  import: 'The embedded cloud does not support convex import: use earshot cloud import.',
  env: "The embedded cloud does not support convex env: set EARSHOT_TOKEN_DAYS in the gateway's environment.",
  logs: 'The embedded cloud does not support convex logs: the gateway logs what fails.',
  inline: 'The embedded cloud does not support inline queries: call a function of convex/.',
  platform: 'The embedded cloud does not support streaming export and the platform API.',
} as const;
