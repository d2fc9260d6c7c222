/**
 * The limits of a gateway: the resources that one device, one address or all of them together may use. Each limit has a name, a
 * default and a description. `--limit NAME=VALUE` and `EARSHOT_LIMITS` set them; `off` disables one (docs/security.md lists all).
 */
import { EarshotError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';

export interface Limit {
  /** For help and documents, e.g. `ms`. */
  unit: string;
  value: number;
  /** What is limited, and what happens beyond the limit. */
  description: string;
}

/** Every limit, with its default. */
export const LIMITS = {
  connections: {
    unit: 'connections',
    value: 1_000,
    description: 'devices connected at the same time; another one is refused with 503',
  },
  connectionsPerAddress: {
    unit: 'connections',
    value: 500,
    description:
      'devices connected from one address (IPv6: one /64) at the same time, at each gateway and worker; another one is refused with 503. Behind a proxy that is trusted, of the address that it names',
  },
  handshakes: {
    unit: 'connections',
    value: 1_000,
    description: 'not yet authenticated; beyond it the oldest one of the address with the most is dropped',
  },
  handshakesPerAddress: {
    unit: 'connections',
    value: 200,
    description:
      'the same for one address (IPv6: one /64) or one token, in one stage of the handshake; beyond it its oldest one is dropped',
  },
  requestMs: {
    unit: 'ms',
    value: 5_000,
    description: 'from the connection to the end of its request; after that it is dropped',
  },
  helloMs: {
    unit: 'ms',
    value: 10_000,
    description: 'from the connection to its hello; after that it is closed with 1008',
  },
  closeMs: {
    unit: 'ms',
    value: 2_000,
    description: 'for a client to end a connection that was refused or closed; after that it is dropped',
  },
  fragments: {
    unit: 'fragments',
    value: 256,
    description: 'of one message; a connection that sends more is closed with 1008',
  },
  cloudHandshakes: {
    unit: 'connections',
    value: 32,
    description: 'to the embedded cloud that have not sent a valid key or token; beyond it the oldest one is dropped',
  },
  cloudCallBytes: {
    unit: 'bytes',
    value: 2_097_152,
    description:
      'of one call or message to the embedded cloud, or to the cloud through the gateway; a larger one is answered with 413, or the connection closed with 1009',
  },
  cloudQueries: {
    unit: 'queries',
    value: 10_000,
    description: 'that one client of the embedded cloud subscribes to; a client with more is closed with 1008',
  },
  cloudSubscriptions: {
    unit: 'queries',
    value: 50_000,
    description:
      'that all clients of the embedded cloud subscribe to; a client that subscribes to another one is closed with 1013',
  },
  cloudFailures: {
    unit: 'calls',
    value: 16,
    description:
      'to the embedded cloud that fail on one connection before one with a valid key or token; beyond it the connection is dropped',
  },
  cloudMessages: {
    unit: 'messages',
    value: 4_096,
    description:
      'to the embedded cloud from one connection before a call with a valid key or token; beyond it the connection is dropped',
  },
  cloudFileBytes: {
    unit: 'bytes',
    value: 1_073_741_824,
    description:
      'of files in the embedded cloud; beyond it the oldest recordings of the device with the most bytes are deleted; their turns stay',
  },
  wrongTokens: {
    unit: 'tokens a minute',
    value: 300,
    description:
      'from one address (IPv6: one /64); beyond it only tokens that were valid within the last hour are accepted, others get 503',
  },
  wrongSignIns: {
    unit: 'attempts a minute',
    value: 30,
    description:
      'to sign in at the console with a link or a session that is not valid, from one address (IPv6: one /64); beyond it all of its attempts get 429',
  },
  cloudUnprovenBytes: {
    unit: 'bytes',
    value: 16_777_216,
    description:
      'to the embedded cloud, and to the gateway for the cloud, from all connections without a valid key or token; beyond it the one that sent most is dropped',
  },
  apiCalls: {
    unit: 'calls',
    value: 256,
    description: 'of pages to the cloud through the gateway at the same time; another one is answered with 503',
  },
  apiCallsPerAddress: {
    unit: 'calls',
    value: 32,
    description: 'the same for one address (IPv6: one /64); another one is answered with 429',
  },
  apiCallBytes: {
    unit: 'bytes',
    value: 33_554_432,
    description: 'of the calls of pages to the cloud at the same time; another one is answered with 503',
  },
  apiCallMs: {
    unit: 'ms',
    value: 30_000,
    description:
      'for the cloud to answer a call of a page, and from one piece of the answer to the next; after that it is dropped',
  },
  apiSockets: {
    unit: 'connections',
    value: 128,
    description:
      'of pages to the cloud through the gateway; beyond it the oldest of the session with the most is closed with 1013',
  },
  apiMessages: {
    unit: 'messages a minute',
    value: 3_000,
    description:
      'from one page to the cloud, including WebSocket pings and pongs; a page that sends more is closed with 1008',
  },
  pairings: {
    unit: 'connections',
    value: 50,
    description: 'waiting to be paired; another one is closed with 1013',
  },
  pairingsPerAddress: {
    unit: 'connections',
    value: 5,
    description: 'the same for one address (IPv6: one /64)',
  },
  pairingRestMs: {
    unit: 'ms',
    value: 10_000,
    description: 'for which a connection that was closed without being paired still counts among the pairings',
  },
  unreadBytes: {
    unit: 'bytes',
    value: 262_144,
    description:
      'sent to one client that it has not read; from half of it on the gateway reads nothing from the client, beyond it the client is dropped',
  },
  controlMessages: {
    unit: 'messages a minute',
    value: 600,
    description:
      'from one connection, including WebSocket pings and pongs; a connection that sends more is closed with 1008',
  },
  packets: {
    unit: 'packets a minute',
    value: 30_000,
    description:
      'of audio from one connection, at most a twentieth of them at once; faster packets wait in the network',
  },
  wakeDecisionMs: {
    unit: 'ms',
    value: 150,
    description:
      'from the first device that reports a wake word until the best of those that heard it is chosen; off: all of them answer',
  },
  wakeWindowMs: {
    unit: 'ms',
    value: 700,
    description: 'between the ends of two wake words that count as one, heard by two devices',
  },
  turnMs: {
    unit: 'ms',
    value: 300_000,
    description: 'of one utterance, by the clock and by its audio; a longer one fails and is not recorded',
  },
  turnBytes: {
    unit: 'bytes',
    value: 4_000_000,
    description: 'of one utterance; a larger one fails and is not recorded',
  },
  turnMemoryBytes: {
    unit: 'bytes',
    value: 24_576,
    description: 'of one utterance, and of one reply, in memory; the rest is in a file until the turn ends',
  },
  replyMs: {
    unit: 'ms',
    value: 600_000,
    description: 'of one reply; a longer one is cut off',
  },
  replyBytes: {
    unit: 'bytes',
    value: 8_000_000,
    description: 'of one reply; a larger one is cut off',
  },
  recordingMemoryBytes: {
    unit: 'bytes',
    value: 16_777_216,
    description: 'of recordings that are converted to files at the same time; others wait',
  },
  recordingBytes: {
    unit: 'bytes',
    value: 1_073_741_824,
    description:
      'of recordings on the disk of a gateway without a deployment; beyond it the oldest ones of the device with the most bytes are deleted, except those that are not in the cloud yet',
  },
  deviceRecordingBytes: {
    unit: 'bytes',
    value: 268_435_456,
    description: 'of one device; the same, for its own recordings',
  },
  speechSentences: {
    unit: 'sentences',
    value: 64,
    description: 'of the assistant that wait for a thread to be synthesized, or to be encoded; another one fails',
  },
  recognitionPasses: {
    unit: 'passes',
    value: 32,
    description:
      'of the embedded recogniser that wait for a thread; another one fails the turn, after those that only show progress were left out',
  },
  speechAheadMs: {
    unit: 'ms',
    value: 10_000,
    description: 'of a spoken reply that are synthesized before they are played; later sentences wait',
  },
  speechCharacters: {
    unit: 'characters',
    value: 16_000,
    description: 'of one answer of the assistant that wait to be spoken; a longer one is cut off',
  },
  speechCacheBytes: {
    unit: 'bytes',
    value: 4_194_304,
    description: 'of frequent sentences as audio; beyond it those that were not said for longest are dropped',
  },
  reconnects: {
    unit: 'connections a minute',
    value: 60,
    description: 'of one device; another one is closed with 1013',
  },
  turns: {
    unit: 'turns a minute',
    value: 120,
    description: 'of one device; another one is refused',
  },
  audioAheadMs: {
    unit: 'ms',
    value: 1_800_000,
    description:
      'of audio that one device may send ahead of real time (offline turns); beyond it the next turn is refused',
  },
  reports: {
    unit: 'reports a minute',
    value: 12,
    description: 'of the metrics of one device; others are left out',
  },
  turnsPerAddress: {
    unit: 'turns a minute',
    value: 60_000,
    description:
      'of all devices of one address (IPv6: one /64), at each gateway and worker; another one is refused. The default is what 500 devices may. Behind a proxy that is trusted, of the address that it names',
  },
  speechSecondsPerAddress: {
    unit: 'seconds a minute',
    value: 600_000,
    description: 'of speech, the same; beyond it the next turn is refused',
  },
  bytesPerAddress: {
    unit: 'bytes a minute',
    value: 4_000_000_000,
    description: 'of speech, the same; beyond it the next turn is refused',
  },
  tenantConnections: {
    unit: 'connections',
    value: 100_000,
    description:
      'of all devices of a tenant at all of its gateways, unless the operator sets another quota; another one is closed with 1013',
  },
  tenantTurns: {
    unit: 'turns a minute',
    value: 60_000,
    description: 'of a tenant, the same; another one is refused',
  },
  tenantSpeechSeconds: {
    unit: 'seconds a minute',
    value: 600_000,
    description: 'of speech of a tenant, the same; beyond it the next turn is refused',
  },
  tenantBytes: {
    unit: 'bytes a minute',
    value: 4_000_000_000,
    description: 'of speech of a tenant, the same; beyond it the next turn is refused',
  },
  deviceLogLines: {
    unit: 'lines a minute',
    value: 120,
    description: 'of each level in the log caused by one device; the rest is only counted',
  },
  logLines: {
    unit: 'lines a minute',
    value: 6_000,
    description: 'of each level in the log caused by all devices; the rest is only counted',
  },
  queueRecords: {
    unit: 'records',
    value: 10_000,
    description:
      'waiting for the cloud; beyond it reports, sessions and updates of turns are dropped, and new turns are refused',
  },
  queueBytes: {
    unit: 'bytes',
    value: 1_073_741_824,
    description: 'waiting for the cloud, including recordings; the same',
  },
  deviceQueueRecords: {
    unit: 'records',
    value: 1_000,
    description: 'of one device waiting for the cloud; the same, for its own records',
  },
  deviceQueueBytes: {
    unit: 'bytes',
    value: 268_435_456,
    description: 'of one device waiting for the cloud; the same, for its own records',
  },
  deadLetterRecords: {
    unit: 'records',
    value: 1_000,
    description:
      'rejected by the cloud and stored as dead letters; beyond it the oldest without a recording are deleted',
  },
  deadLetterBytes: {
    unit: 'bytes',
    value: 134_217_728,
    description: 'of records stored as dead letters; the same',
  },
  providerMs: {
    unit: 'ms',
    value: 8_000,
    description:
      'from a request to a provider of the assistant to its first result, and from one piece to the next; after that the fallback answers',
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
/** Infinity: disabled. */
export type Limits = { readonly [Name in LimitName]: number };

/** Every limit at its default. */
export const DEFAULT_LIMITS: Limits = limitsFrom([]);

/**
 * The defaults, changed by the settings; a later setting replaces an earlier one.
 *
 * @param settings e.g. `['connections=5000', 'turnBytes=off']`
 * @throws EarshotError `usage` for an unknown name or a value that is neither a whole number above 0 nor `off`
 */
export function limitsFrom(settings: readonly string[]): Limits {
  const values = Object.fromEntries(Object.entries(LIMITS).map(([name, { value }]) => [name, value as number]));
  for (const setting of settings) {
    const [name = '', text = ''] = setting.split('=', 2).map((part) => part.trim());
    if (!Object.hasOwn(values, name)) {
      const nearest = nearestName(name, Object.keys(values));
      const hint = nearest === undefined ? '' : `Did you mean ${nearest}? `;
      throw new EarshotError('usage', `There is no limit “${name}”`, `${hint}--limit help lists all.`);
    }
    const value = text === 'off' ? Number.POSITIVE_INFINITY : Number(text);
    if (!(value > 0) || (text !== 'off' && !Number.isInteger(value))) {
      throw new EarshotError(
        'usage',
        `“${text}” is not a valid value for the limit ${name}`,
        'Write a whole number above 0, or off.',
      );
    }
    values[name] = value;
  }
  return values as Limits;
}

/** The settings that produce these limits from the defaults, to pass them to another process. */
export function limitSettings(limits: Limits): string[] {
  return Object.entries(limits).map(([name, value]) => `${name}=${value === Number.POSITIVE_INFINITY ? 'off' : value}`);
}
