/**
 * The commands of the documents that `npm run test:docs` does not run as they are written, each kind with its reason, and what runs it instead where something does.
 * The first row that matches counts.
 */

/** A file that runs the command with what it needs, and a text that stands in it for that. A file `*.test.ts` is part of `npm test`. */
export interface Elsewhere {
  file: string;
  text: string;
}

export interface Exception {
  kind: 'exception';
  commands: RegExp;
  because: string;
  by?: Elsewhere;
}

const ROOT = 'it needs root and changes the machine';
const SERVICE = 'it needs an account, or a machine of somebody else';
const CONTAINERS = 'it needs Docker, a cluster of Kubernetes or an account at Fly';
const DEPLOYMENT = 'it needs a deployment of Convex';
const MINUTES = 'it measures for minutes, on a quiet machine';
const BUILDS = 'it builds for minutes';
const OWN_TEST = 'it needs what its own test has';
const CI = 'CI does it before and beside this test';
const SYNOPSIS = 'it is a synopsis';

const not = (commands: RegExp, because: string, file?: string, text = ''): Exception => ({
  ...{ kind: 'exception', commands, because },
  ...(file !== undefined && { by: { file, text } }),
});

/** Earshot's own commands beside a deployment. */
export const OF_DEPLOYMENT = not(
  /^bin\/earshot /,
  DEPLOYMENT,
  'test/fleet/gateway-process.ts',
  'CONVEX_URL: cloud.url',
);

export const EXCEPTIONS: readonly Exception[] = [
  not(/^npm (ci|test|run (format && npm run )?check)( +#.*)?$/, CI, '.ci/run', 'npm run check'),
  not(/^node --import tsx --test test\/playback/, CI, '.ci/run', 'npm test'),
  not(/^npx --package=/, ROOT, 'test/install/fresh.sh', 'npx earshot start --once'),
  not(/^npm run build:native/, BUILDS),
  not(/^npm run package/, OWN_TEST, 'test/install/package.test.ts', 'deploy/package.mjs'),
  not(/^npm run bundle/, OWN_TEST, 'test/tools/deploy.test.ts', 'deploy/bundle.mjs'),
  not(/^npm publish/, SERVICE, 'test/install/update.test.ts', "npm('publish'"),
  not(/^npm run test:compatibility/, BUILDS, 'test/install/compatibility.ts', 'npm run test:compatibility'),
  not(
    /^(git clone REPOSITORY|npm install \.\/earshot)/,
    OWN_TEST,
    'test/library/library.test.ts',
    'Like `npm install ../earshot`',
  ),
  not(
    /^sudo (apt-get install --yes|npm install --global|deploy\/install\.sh)/,
    ROOT,
    'test/pi/emulated.sh',
    'On the Pi',
  ),
  not(/^sudo earshot update --(from|rollback)/, ROOT, 'test/pi/service.sh', 'inside earshot update --rollback'),
  not(/^sudo earshot update/, ROOT, 'test/install/update.test.ts', "earshot('--check'"),
  not(/^sudo earshot reset/, ROOT, 'test/pi/setup.sh', 'earshot reset --service'),
  not(/^sudo test\/pi/, ROOT),
  not(/^sudo deploy\/oci/, ROOT),
  not(/^sudo apt-get install/, ROOT),
  not(/^skopeo copy/, SERVICE),
  not(/^kubectl/, CONTAINERS, 'test/deployments/kubernetes.test.ts', 'kustomize'),
  not(
    /^docker compose --file deploy\/compose/,
    CONTAINERS,
    'test/deployments/compose.test.ts',
    'deploy/compose/compose.yml',
  ),
  not(/^(docker|fly|for gateway in|done)\b/, CONTAINERS),
  not(/^tailscale/, SERVICE),
  not(/^mkcert/, 'it changes what this machine trusts', 'test/browser/https.test.ts', "execFileSync('mkcert'"),
  not(/^EARSHOT_GATEWAY_1=/, OWN_TEST, 'test/fleet/haproxy.ts', 'deploy/haproxy/haproxy.cfg'),
  not(/^(bin\/)?earshot cloud (install|start)/, DEPLOYMENT, 'test/backend/start.test.ts', "run('install', '--file'"),
  not(/^npx convex (deploy|env set)/, DEPLOYMENT, 'test/backend/start.test.ts', '/api/deploy2/finish_push'),
  not(/^npx convex import/, DEPLOYMENT),
  not(/^export (CONVEX_|EARSHOT_GATEWAY_KEY)/, DEPLOYMENT),
  not(/npm run test:deployment/, DEPLOYMENT, 'test/deployment/cli.ts', 'npm run test:deployment'),
  not(/^npm run attack/, MINUTES, 'test/attack/attack.test.ts', ''),
  not(/^npm run (test:|simulate:|conformance$|screenshots)/, 'it is a test of its own, of minutes'),
  not(/^npm run bench/, MINUTES),
  not(/^(bin\/)?earshot eval .*--assistant openai/, SERVICE),
  not(
    /^(bin\/)?earshot eval --recordings/,
    'it needs recordings of a person',
    'test/eval/voices.test.ts',
    'recordings of a person',
  ),
  not(/^(bin\/)?earshot eval /, 'it takes minutes', 'test/eval/eval-command.test.ts', "['eval', '--fast'"),
  not(/^(bin\/)?earshot load .*--ramp/, 'it takes minutes, and the whole machine', 'test/load/ramp.test.ts', 'ramp'),
  not(
    /earshot run --gateway ws:\/\/127\.0\.0\.1:4434/,
    'it needs the fault proxy of the line before',
    'test/faults/nothing-lost.ts',
    'startFaultProxy(',
  ),
  not(
    /earshot say /,
    'it needs a gateway with a voice',
    'test/browser/talk-assistant.test.ts',
    "gateway.command('say', ",
  ),
  not(/^kill -USR1/, 'it would reach each daemon of this machine', 'test/end-to-end/sound.test.ts', "kill('SIGUSR1')"),
  not(/^bin\/earshot run$/, 'it looks for a gateway in the network', 'test/discovery/house.ts', "['run', '--name'"),
  not(/earshot pair approve (CODE|123456)/, OWN_TEST, 'test/cloud/pair-command.test.ts', "['pair', 'approve'"),
  not(/earshot pair revoke NAME/, OWN_TEST, 'test/cloud/lasting.test.ts', "run('pair', 'revoke'"),
  not(
    /earshot console --revoke SESSION/,
    OWN_TEST,
    'test/browser/console-devices.test.ts',
    "command('console', '--revoke'",
  ),
  not(/earshot dead-letters delete KEY/, OWN_TEST, 'test/cloud/dead-letters.test.ts', "run('delete'"),
  not(/^curl .*\$SOCKET/, OWN_TEST, 'test/local-api/documented.test.ts', 'each curl example runs'),
  not(
    /@statelyai|--stately/,
    'it opens the page of Stately in a browser',
    'test/inspect/stately.test.ts',
    "'--stately', relay",
  ),
  not(/replay FILE --audio/, OWN_TEST, 'test/inspect/flight-recorder.test.ts', "['replay', path, '--audio'"),
  not(
    /earshot run .*--mode wake|^earshot wake test/,
    'it needs a model that is fetched with consent only',
    'test/wake/wake-command.test.ts',
    "['wake', 'test'",
  ),
  not(
    /^earshot models fetch wake:hey_jarvis/,
    'it ends with 1, or needs consent',
    'test/models/command.test.ts',
    "['fetch', 'wake:hey_jarvis'",
  ),
  not(/^earshot (simulate|loss) .*\[/, SYNOPSIS),
];
