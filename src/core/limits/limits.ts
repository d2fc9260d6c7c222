/**
 * The limits of a gateway: what one device, one address or all of them together may cost it. Each has a name, a default and
 * a sentence; `--limit NAME=VALUE` and `EARSHOT_LIMITS` set them, and `off` switches one off (docs/security.md lists all).
 */
import { EarshotError } from '../errors.ts';

export interface Limit {
  /** Unit included where it has one, e.g. `10 s`: for help and documents. */
  unit: string;
  value: number;
  /** What it limits, and what happens beyond it. */
  description: string;
}

/** Every limit, with its default. */
export const LIMITS = {
  connections: {
    unit: 'connections',
    value: 1_000,
    description: 'devices connected at once; the next one is turned away with 503',
  },
  handshakes: {
    unit: 'connections',
    value: 1_000,
    description: 'that have not shown yet who they are; then the address with the most loses its oldest one',
  },
  handshakesPerAddress: {
    unit: 'connections',
    value: 200,
    description:
      'the same of one address (IPv6: of one /64) or one token, in one stage of the handshake; then its oldest one is dropped',
  },
  requestMs: {
    unit: 'ms',
    value: 5_000,
    description: 'from a connection to the end of its request; then it is dropped',
  },
  helloMs: {
    unit: 'ms',
    value: 10_000,
    description: 'from the connection to its hello; then it is closed with 1008',
  },
  closeMs: {
    unit: 'ms',
    value: 2_000,
    description: 'for a client to end a connection that was refused or closed; then it is dropped',
  },
  fragments: {
    unit: 'fragments',
    value: 256,
    description: 'of one message; more are closed with 1008',
  },
  cloudHandshakes: {
    unit: 'connections',
    value: 32,
    description: 'to the embedded cloud that have not shown a key or a token; then the oldest one is dropped',
  },
  cloudCallBytes: {
    unit: 'bytes',
    value: 2_097_152,
    description: 'of one call or message to the embedded cloud; more is answered with 413, or closed with 1009',
  },
  cloudQueries: {
    unit: 'queries',
    value: 10_000,
    description: 'that one client of the embedded cloud watches; more are closed with 1008',
  },
  cloudFailures: {
    unit: 'calls',
    value: 16,
    description:
      'to the embedded cloud of one connection that fail before one has shown a key or a token; then it is dropped',
  },
  cloudMessages: {
    unit: 'messages',
    value: 4_096,
    description:
      'to the embedded cloud from one connection before a call has shown a key or a token; then it is dropped',
  },
  cloudFileBytes: {
    unit: 'bytes',
    value: 268_435_456,
    description:
      'of files that the embedded cloud keeps; then the device with the most of it loses its oldest recordings; their turns stay',
  },
  wrongTokens: {
    unit: 'tokens a minute',
    value: 300,
    description:
      'from one address (IPv6: from one /64); then only tokens that were good within the hour are taken, the others get 503',
  },
  cloudUnprovenBytes: {
    unit: 'bytes',
    value: 16_777_216,
    description:
      'to the embedded cloud, of all that have not shown a key or a token; then the one is dropped that sent most',
  },
  pairings: {
    unit: 'connections',
    value: 50,
    description: 'that wait to be paired; the next one is closed with 1013',
  },
  pairingsPerAddress: {
    unit: 'connections',
    value: 5,
    description: 'the same of one address (IPv6: of one /64)',
  },
  pairingRestMs: {
    unit: 'ms',
    value: 10_000,
    description: 'for which a place among the pairings stays taken when its connection is gone',
  },
  unreadBytes: {
    unit: 'bytes',
    value: 262_144,
    description:
      'wait for one client to read them; from half of it on nothing is read from it, beyond it it is dropped',
  },
  controlMessages: {
    unit: 'messages a minute',
    value: 600,
    description: 'from one connection, with the pings and pongs of WebSocket itself; more are closed with 1008',
  },
  packets: {
    unit: 'packets a minute',
    value: 30_000,
    description: 'of audio from one connection, a twentieth of them at once; what comes faster waits in the network',
  },
  turnMs: {
    unit: 'ms',
    value: 300_000,
    description: 'of one utterance, on the clock and in its audio; one that is longer fails, and is not recorded',
  },
  turnBytes: {
    unit: 'bytes',
    value: 4_000_000,
    description: 'of one utterance; one that is larger fails, and is not recorded',
  },
  turnMemoryBytes: {
    unit: 'bytes',
    value: 24_576,
    description: 'of one utterance, and of one reply, are held in memory; the rest is in a file while the turn lasts',
  },
  replyMs: {
    unit: 'ms',
    value: 600_000,
    description: 'of one reply; what is longer is cut off',
  },
  replyBytes: {
    unit: 'bytes',
    value: 8_000_000,
    description: 'of one reply; what is larger is cut off',
  },
  recordingMemoryBytes: {
    unit: 'bytes',
    value: 16_777_216,
    description: 'of recordings that are being made into files at the same time; the others wait',
  },
  recordingBytes: {
    unit: 'bytes',
    value: 1_073_741_824,
    description:
      'of recordings on the disk of a gateway without a deployment; then the device with the most loses its oldest, but none that the cloud lacks',
  },
  deviceRecordingBytes: {
    unit: 'bytes',
    value: 268_435_456,
    description: 'of one device; the same, among its own',
  },
  reconnects: {
    unit: 'connections a minute',
    value: 60,
    description: 'of one device; the next one is closed with 1013',
  },
  turns: {
    unit: 'turns a minute',
    value: 120,
    description: 'of one device; the next one is refused',
  },
  audioAheadMs: {
    unit: 'ms',
    value: 1_800_000,
    description: 'of audio that one device may send ahead of real time (offline turns); then the next turn is refused',
  },
  deviceLogLines: {
    unit: 'lines a minute',
    value: 120,
    description: 'of each level in the log that one device causes; the rest is counted',
  },
  logLines: {
    unit: 'lines a minute',
    value: 6_000,
    description: 'of each level in the log that all devices cause; the rest is counted',
  },
  queueRecords: {
    unit: 'records',
    value: 10_000,
    description:
      'wait for the cloud; beyond it reports, sessions and what is known of turns go, and new turns are refused',
  },
  queueBytes: {
    unit: 'bytes',
    value: 1_073_741_824,
    description: 'wait for the cloud, recordings included; the same',
  },
  deviceQueueRecords: {
    unit: 'records',
    value: 1_000,
    description: 'of one device wait for the cloud; the same, among its own',
  },
  deviceQueueBytes: {
    unit: 'bytes',
    value: 268_435_456,
    description: 'of one device wait for the cloud; the same, among its own',
  },
  deadLetterRecords: {
    unit: 'records',
    value: 1_000,
    description: 'that the cloud does not take are kept aside; beyond it the oldest without a recording go',
  },
  deadLetterBytes: {
    unit: 'bytes',
    value: 134_217_728,
    description: 'of records that the cloud does not take are kept aside; the same',
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
/** Infinity: switched off. */
export type Limits = { readonly [Name in LimitName]: number };

export const DEFAULT_LIMITS: Limits = limitsFrom([]);

/**
 * The defaults, with what the settings change; later ones win.
 *
 * @param settings e.g. `['connections=5000', 'turnBytes=off']`
 * @throws EarshotError `usage` for an unknown name or a value that is neither a whole number above 0 nor `off`
 */
export function limitsFrom(settings: readonly string[]): Limits {
  const values = Object.fromEntries(Object.entries(LIMITS).map(([name, { value }]) => [name, value as number]));
  for (const setting of settings) {
    const [name = '', text = ''] = setting.split('=', 2).map((part) => part.trim());
    if (!Object.hasOwn(values, name)) {
      throw new EarshotError('usage', `There is no limit “${name}”`, `Known are: ${Object.keys(values).join(', ')}.`);
    }
    const value = text === 'off' ? Number.POSITIVE_INFINITY : Number(text);
    if (!(value > 0) || (text !== 'off' && !Number.isInteger(value))) {
      throw new EarshotError(
        'usage',
        `“${text}” is no value for the limit ${name}`,
        'Write a whole number above 0, or off.',
      );
    }
    values[name] = value;
  }
  return values as Limits;
}

/** The settings that make these limits of the defaults: how another process is given them. */
export function limitSettings(limits: Limits): string[] {
  return Object.entries(limits).map(([name, value]) => `${name}=${value === Number.POSITIVE_INFINITY ? 'off' : value}`);
}
