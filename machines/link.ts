/**
 * The link: the connection to the gateway. Connecting, up, or backing off with jitter; and the one through which the
 * conversation speaks to the cloud.
 */
import { assign, setup } from 'xstate';
import type { ErrorInfo } from '../src/errors.ts';
import type { LinkCommand, NetworkEdge, SupervisionEdge } from '../src/events.ts';
import { type LinkPort, type NetworkPort, networkPort } from './ports.ts';
import { reporter, teller, unprovided } from './wiring.ts';

export const LINK_DELAYS_MS = {
  /** From dialling to the gateway's welcome. */
  connectTimeout: 10_000,
  firstRetry: 250,
  longestRetry: 30_000,
  /** What no quick retry will mend (a refused token, another protocol version). */
  refusedRetry: 60_000,
} as const;

interface LinkContext {
  /** Failed attempts in a row. */
  attempts: number;
  retryable: boolean;
  /** Random in 0…1, from the last `network.closed`. */
  spread: number;
  session: string;
  error: ErrorInfo;
}

type LinkEvent = LinkCommand | NetworkEdge | SupervisionEdge;

/**
 * Exponential backoff with equal jitter: half of the delay is fixed, half random, so that a gateway that comes back is not
 * met by all its devices at once, and no device hammers it.
 */
export function retryDelayMs({ attempts, retryable, spread }: Pick<LinkContext, 'attempts' | 'retryable' | 'spread'>) {
  if (!retryable) return LINK_DELAYS_MS.refusedRetry;
  const ceilingMs = Math.min(LINK_DELAYS_MS.firstRetry * 2 ** Math.max(0, attempts - 1), LINK_DELAYS_MS.longestRetry);
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * spread);
}

const tell = teller<{ network: NetworkPort }>();
const report = reporter<LinkPort>();

const NO_ERROR: ErrorInfo = { code: 'link_down', message: 'Not connected yet', hint: '' };
const CONNECT_TIMEOUT: ErrorInfo = {
  code: 'gateway_unreachable',
  message: `The gateway did not answer within ${LINK_DELAYS_MS.connectTimeout / 1_000} s`,
  hint: 'Check the address, and that the gateway runs.',
};

export const link = setup({
  types: { context: {} as LinkContext, events: {} as LinkEvent },
  actors: { network: unprovided(networkPort) },
  delays: {
    connectTimeout: LINK_DELAYS_MS.connectTimeout,
    retry: ({ context }) => retryDelayMs(context),
  },
  actions: {
    dial: tell('network', { type: 'network.connect' }),
    announceUp: report(({ context }: { context: LinkContext }) => ({ type: 'link.up', session: context.session })),
    announceDown: report(({ context }: { context: LinkContext }) => ({
      type: 'link.down',
      error: context.error,
      retryInMs: retryDelayMs(context),
    })),
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    forgetAttempts: assign({ attempts: 0 }),
    rememberClosed: assign(({ event }) =>
      event.type === 'network.closed'
        ? { error: event.error, retryable: event.retryable, spread: event.spread }
        : event.type === 'actor.restarting'
          ? { error: event.error, retryable: true }
          : {},
    ),
    rememberTimeout: assign({ error: CONNECT_TIMEOUT, retryable: true }),
  },
}).createMachine({
  id: 'link',
  context: { attempts: 0, retryable: true, spread: 0, session: '', error: NO_ERROR },
  invoke: { id: 'network', src: 'network' },
  initial: 'connecting',
  on: {
    'link.close': {
      target: '.closed',
      actions: tell('network', { type: 'network.close', reason: 'shutting down' }),
    },
    ...tell.relay('network', ['turn.start', 'turn.abort', 'turn.playback']),
    ...report.relay([
      'uplink.started',
      'uplink.finished',
      'turn.processing',
      'reply.started',
      'reply.finished',
      'turn.done',
      'turn.refused',
      'settings.changed',
      'actor.restarted',
    ]),
  },
  states: {
    connecting: {
      entry: ['countAttempt', 'dial'],
      after: {
        connectTimeout: {
          target: 'backingOff',
          actions: ['rememberTimeout', tell('network', { type: 'network.close', reason: 'no welcome' })],
        },
      },
      on: {
        'network.opened': { target: 'up', actions: assign({ session: ({ event }) => event.session }) },
        'network.closed': { target: 'backingOff', actions: 'rememberClosed' },
        'actor.restarting': { target: 'backingOff', actions: ['rememberClosed', report(({ event }) => event)] },
      },
    },
    up: {
      entry: ['forgetAttempts', 'announceUp'],
      on: {
        'network.closed': { target: 'backingOff', actions: 'rememberClosed' },
        'actor.restarting': { target: 'backingOff', actions: ['rememberClosed', report(({ event }) => event)] },
        'network.roundTrip': {
          actions: report(({ event }) => ({ type: 'link.roundTrip', roundTripMs: event.roundTripMs })),
        },
      },
    },
    backingOff: {
      entry: 'announceDown',
      after: { retry: 'connecting' },
      on: {
        'link.retry': 'connecting',
        'actor.restarting': { actions: report(({ event }) => event) },
      },
    },
    closed: {},
  },
});
