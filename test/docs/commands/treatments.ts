/**
 * What becomes of each command of the documents when they are tried. The first rule that matches counts. A command without one is run as it is written, and
 * must end with 0.
 */

export type Treatment =
  | { kind: 'run' }
  /** The same, but only with `--long`: it takes minutes, or fetches much. */
  | { kind: 'long' }
  /** It goes on until it has printed this; then it is interrupted. */
  | { kind: 'serve'; until: RegExp }
  | { kind: 'skip'; because: string };

const run: Treatment = { kind: 'run' };
const long: Treatment = { kind: 'long' };
const serve = (until: RegExp): Treatment => ({ kind: 'serve', until });
const skip = (because: string): Treatment => ({ kind: 'skip', because });

const DEPLOYMENT = skip('needs a deployment of Convex; test/backend runs the official CLI against a stand-in');
const OTHERS = skip('a program or a service of somebody else');
const CARD = skip('needs a sound card; test/end-to-end/sound.test.ts has a virtual one');
const BENCH = skip('measures for minutes, on a quiet machine');
const MACHINE = skip('changes the machine');

export const RULES: readonly (readonly [RegExp, Treatment])[] = [
  [/^npm ci|^npm test/, skip('CI runs it')],
  [
    /^npm publish|^npm run (build:native|bundle|package|test:)/,
    skip('of the maintainers: test/install does it with a registry of its own'),
  ],
  [/^npx --package/, skip('test/install installs the package')],
  [/^npm install|^git clone/, skip('test/library does it with the package')],
  [/^sudo |^deploy\/|^test\/pi/, MACHINE],
  [/^(kubectl|fly|docker|skopeo|tailscale|mkcert|for gateway|done|cp|cd deploy\/kubernetes)\b/, OTHERS],
  [/^EARSHOT_GATEWAY_1=/, skip('test/fleet runs HAProxy with this configuration')],
  [/^eval "\$\(bin\/earshot cloud admin-key/, run],
  [/^npx convex run/, run],
  [/^export |^npx convex|^CONVEX_SELF_HOSTED_URL|cloud (install|start)/, DEPLOYMENT],
  [/^npm run (attack|seed)|^npm run bench/, BENCH],
  [
    /^npm run codegen|^node --import tsx --test test\/playback|^earshot (models fetch +#|eval --fast +#|wake train)/,
    long,
  ],
  [/^bin\/earshot latency/, long],
  [/^npm run faults|run --gateway ws:\/\/127\.0\.0\.1:4434|kill -USR1/, skip('goes on while somebody talks')],
  [/statelyai|--stately/, skip('needs the page of Stately in a browser')],
  [/arecord|--acoustic|turns play ID(?! --output)|--mode (voice|wake)|--follow-up|--on '|^earshot wake test/, CARD],
  [/^earshot models (remove|fetch)/, skip('the models of this user stay as they are: test/models')],
  [/^earshot (eval|load)/, skip('takes minutes: test/eval and test/load run it short')],
  [
    /pair approve (CODE|123456)|bin\/earshot run --gateway ws:\/\/127\.0\.0\.1:4433/,
    skip('test/cloud/pair-command.test.ts pairs a device'),
  ],
  [/\$SOCKET|api\.sock/, skip('test/local-api/examples.test.ts runs each of them')],
  [/^earshot (simulate|loss) .*\[/, skip('a synopsis')],
  [/dead-letters (retry|delete)/, skip('needs a record that the cloud rejects: test/cloud/dead-letters.test.ts')],
  [/replay FILE/, skip('needs a recording: test/inspect/flight-recorder.test.ts')],
  [/--tls-cert/, skip('test/gateway-web/tls.test.ts makes a certificate')],
  [/^earshot control/, skip('the device must be connected: test/cloud/any-gateway.test.ts')],
  [/^earshot say/, skip('the device must be connected: test/cloud/announcing.test.ts')],
  [/^(EARSHOT_TENANT=acme )?(bin\/)?earshot gateway/, serve(/ws:\/\//)],
  [/earshot start --inspect/, serve(/http:\/\//)],
  [/earshot replay/, serve(/http:\/\//)],
  [/turns --follow/, serve(/kitchen/)],
];

export function treatmentOf(line: string): Treatment {
  return RULES.find(([pattern]) => pattern.test(line))?.[1] ?? run;
}
