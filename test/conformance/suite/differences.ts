/**
 * Where backends differ: the only place. `npm run conformance` prints it, docs/embedded-cloud.md has it, and the suite fails where a check
 * does not hold that is not in here, or holds and is.
 */
import type { BackendName } from './backend.ts';

export interface Difference {
  backend: BackendName;
  checks: readonly string[];
  /** What it does. */
  does: string;
  why: string;
  /** How the checks fail. */
  fails: RegExp;
}

const NOT_REFUSED = /^Missing expected rejection/;

const CONVEX_TEST: readonly Omit<Difference, 'backend'>[] = [
  {
    checks: [
      'failures.subscription',
      'identity.subscription',
      'pages.journal-over-restart',
      'pages.watched',
      'subscriptions.told',
      'subscriptions.first',
      'subscriptions.by-id',
      'subscriptions.search',
      'subscriptions.not-told',
      'subscriptions.files',
      'subscriptions.over-a-restart',
    ],
    does: 'has no subscriptions',
    why: 'It has no clients: tests call it.',
    fails: /^not offered: subscriptions$/,
  },
  {
    checks: ['environment.variables'],
    does: 'has the environment of its process',
    why: 'A test sets what it needs.',
    fails: /^Expected values to be strictly deep-equal/,
  },
  {
    checks: ['jobs.over-a-restart'],
    does: 'has nothing after a restart',
    why: 'It is in memory.',
    fails: /^not offered: a restart$/,
  },
  {
    checks: ['jobs.crons', 'jobs.crons-over-a-restart'],
    does: 'runs no crons',
    why: 'A test calls what a cron would call.',
    fails: /^not offered: crons$/,
  },
  {
    checks: [
      'files.upload-and-download',
      'files.empty',
      'files.metadata',
      'files.address-of-deleted',
      'files.range',
      'files.cors',
      'files.unknown',
      'files.over-a-restart',
    ],
    does: 'gives out addresses of files that lead nowhere',
    why: 'It has no server.',
    fails: /^not offered: addresses of files$/,
  },
  {
    checks: [
      'identity.good',
      'identity.expired',
      'identity.foreign-issuer',
      'identity.foreign-audience',
      'identity.wrongly-signed',
      'identity.forged',
      'identity.unsigned',
      'identity.symmetric',
      'identity.nonsense',
    ],
    does: 'takes no tokens',
    why: 'A test says who calls (`withIdentity`).',
    fails: /^not offered: tokens$/,
  },
  {
    checks: [
      'limits.document-size',
      'limits.fields',
      'limits.elements',
      'limits.nesting',
      'limits.arguments',
      'limits.result',
      'values.surrogates',
    ],
    does: 'has no limits of documents, arguments and results',
    why: 'It leaves them to the deployment.',
    fails: NOT_REFUSED,
  },
  {
    checks: ['functions.internal', 'writes.nonsense-ids', 'search.unknown-index'],
    does: 'calls internal functions, and takes ids that are none and search indexes that the schema does not have',
    why: 'It trusts the test.',
    fails: NOT_REFUSED,
  },
  {
    checks: ['validators.argument-error-name'],
    does: 'says “Validator error” instead of ArgumentValidationError',
    why: 'Its messages are its own.',
    fails: /Validator error/,
  },
  {
    checks: ['validators.arguments', 'validators.documents'],
    does: 'fails with a TypeError for null in place of an object',
    why: 'Its check of objects reads fields of null.',
    fails: /object: null/,
  },
  {
    checks: ['validators.returns'],
    does: 'keeps what a mutation wrote whose result does not fit its returns validator',
    why: 'It checks the result after the commit.',
    fails: /1 !== 0/,
  },
  {
    checks: ['filters.neg'],
    does: 'has no `q.neg`',
    why: 'It is not implemented.',
    fails: /^not implemented/,
  },
  {
    checks: ['filters.order-of-types'],
    does: 'compares values of different types in filters as JavaScript does',
    why: 'It uses `<` and `>`.',
    fails: /null/,
  },
  {
    checks: ['transactions.nested-error-data'],
    does: 'gives a mutation that calls one an Error in place of the ConvexError',
    why: 'The error does not pass on as itself between mutations.',
    fails: /'caught'/,
  },
  {
    checks: ['jobs.completed-time'],
    does: 'does not say when a scheduled function ended',
    why: 'It leaves the field out.',
    fails: /^completedTime is undefined$/,
  },
  {
    checks: ['files.store-type'],
    does: 'does not keep the type of a file that an action stored',
    why: 'It leaves the field out.',
    fails: /audio\/ogg/,
  },
  {
    checks: ['search.only-last-is-prefix', 'search.punctuation', 'search.rank', 'search.long-words'],
    does: 'searches otherwise: every word is a prefix, words end at spaces, and nothing is ranked',
    why: 'It has no search index.',
    fails: /deep-equal/,
  },
  {
    checks: ['search.missing-field'],
    does: 'fails with a TypeError where a document has no text for a search index',
    why: 'It splits the text of every document.',
    fails: /reading 'split'/,
  },
  {
    checks: ['http.head', 'http.throws'],
    does: 'answers HEAD with a body, and throws what an HTTP action throws',
    why: 'The server in front of Convex does that.',
    fails: /strictly equal|throws/,
  },
];

export const DIFFERENCES: readonly Difference[] = [
  ...CONVEX_TEST.map((each) => ({ backend: 'convex-test' as const, ...each })),
];
