/**
 * How the commands of the documents are tried. Those that are not are in `exceptions.ts`. The first rule that matches counts; a command without one is run
 * as it is written beside a gateway, and must end with 0.
 */
import { type Elsewhere, EXCEPTIONS, type Exception, OF_DEPLOYMENT } from './exceptions.ts';
import type { PageCommand } from './pages.ts';

export interface Trial {
  kind: 'trial';
  /** It goes on until it has printed this; then it is interrupted. Undefined: it ends by itself. */
  until?: RegExp;
  /** What runs beside it: a gateway at its usual port, and the device “kitchen”, connected to it. `nothing`: it has a gateway of its own, or needs none. */
  beside: 'nothing' | 'gateway' | 'gateway and device';
  /** It opens sound cards. */
  wantsCards?: boolean;
  /** It takes minutes, or fetches much: only with `--long`. A test of `npm test` has its short form. */
  shortForm?: Elsewhere;
}

export type Treatment = Trial | Exception;

const trial = (more: Partial<Trial> = {}): Trial => ({ kind: 'trial', beside: 'gateway', ...more });
const alone = (until?: RegExp): Trial => trial({ beside: 'nothing', ...(until && { until }) });
const connected = trial({ beside: 'gateway and device' });
const long = (file: string, text: string): Trial => trial({ shortForm: { file, text } });
const withCards = (until?: RegExp): Trial => trial({ wantsCards: true, ...(until && { until }) });

export const RULES: readonly (readonly [RegExp, Trial])[] = [
  [/^npm ci && bin\/earshot start --once$/, alone()],
  [
    /earshot start --mode voice/,
    { ...withCards(/begins and ends an utterance|say something|listening/), beside: 'nothing' },
  ],
  [/^arecord /, { ...withCards(), beside: 'nothing' }],
  // Without a sound card it asks with a recording.
  [/earshot start( --responder \S+)?$/, alone(/turn done/)],
  [/earshot start --inspect/, alone(/http:\/\//)],
  [/earshot start /, alone()],
  [/earshot replay FILE/, alone()],
  [/earshot replay/, alone(/http:\/\//)],
  [/^(EARSHOT_TENANT=acme )?(bin\/)?earshot gateway/, alone(/wss?:\/\//)],
  [/^npm run faults/, alone(/listening on/)],
  [/earshot (control|monitor)|api\.sock/, connected],
  [/turns --follow/, trial({ until: /done/ })],
  [/earshot run --gateway (wss:\/\/GATEWAY|ws:\/\/127\.0\.0\.1:4433)/, withCards(/connected/)],
  // To its end: a virtual card stops on a busy machine.
  [
    /turns play ID(?! --output)/,
    { ...long('test/cloud/backup.test.ts', "'turns', 'play', turn, '--output'"), wantsCards: true },
  ],
  [/^bin\/earshot latency/, long('test/tools/latency.test.ts', "'latency'")],
  [/^bin\/earshot opus/, long('test/tools/opus-command.test.ts', "['opus', '--input'")],
  [/^bin\/earshot (simulate|loss)/, long('test/docs/json-schemas.test.ts', "['simulate', '--input")],
  [/^npm run codegen/, long('test/cloud/codegen.test.ts', 'deploy/codegen.mjs')],
  [/^npm run seed/, long('test/browser/scenes.ts', 'seedCloud(')],
  [/^(bin\/)?earshot load .*--devices (50|200)/, long('test/load/load-command.test.ts', "['load', '--gateway'")],
  [/^earshot models fetch +#/, long('test/models/command.test.ts', "['fetch', '--accept-licence']")],
  [
    /^earshot (models fetch .*--accept-licence|wake train)/,
    long('test/wake/trained-word.test.ts', 'await trainWakeWord('),
  ],
];

export function treatmentOf({ line, isOfDeployment }: PageCommand): Treatment {
  const exception = EXCEPTIONS.find(({ commands }) => commands.test(line));
  if (exception) return exception;
  if (isOfDeployment && OF_DEPLOYMENT.commands.test(line)) return OF_DEPLOYMENT;
  return RULES.find(([pattern]) => pattern.test(line))?.[1] ?? trial();
}

/** @returns why it is not run, in one line */
export function reasonOf({ because, by }: Exception): string {
  return by ? `${because}; run by ${by.file}` : because;
}
