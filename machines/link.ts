/**
 * The link: the connection to the gateway. It is connecting, up, or waits for the next attempt (exponential backoff with jitter). The
 * conversation reaches the network actor through it.
 */
import { assign, setup } from 'xstate';
import {
  type LinkContract,
  linkContract,
  type NetworkContract,
  networkContract,
  type SupervisionEvent,
} from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';
import { backoffMs } from '../src/core/time/backoff.ts';
import { HIGH_NETWORK_LATENCY_MS } from '../src/protocol/format.ts';
import { childSender, parentSender, placeholder, shared } from './wiring.ts';

export const LINK_DELAYS_MS = {
  /** From dialling to the gateway's welcome. */
  connectTimeout: 10_000,
  firstRetry: 250,
  longestRetry: 30_000,
  /** After a failure that a quick retry cannot solve (a refused token, another protocol version). */
  refusedRetry: 60_000,
} as const;

interface LinkContext {
  /** Failed attempts in a row. */
  attempts: number;
  retryable: boolean;
  /** Random in 0…1, from the last `network.closed`. */
  jitter: number;
  session: string;
  error: ErrorInfo;
  roundTripMs: number;
  backlogMs: number;
  /** Exchanges in a row that contradict the current quality. */
  contraryExchanges: number;
}

type LinkEvent = LinkContract['receives'] | NetworkContract['sends'] | SupervisionEvent;

/**
 * Quality with hysteresis: poor above the specification's 100 ms of latency, or with more than 1.5 s of speech unacknowledged; good again
 * well below. It changes only after several exchanges in a row.
 */
export const LINK_QUALITY = {
  poorAboveMs: HIGH_NETWORK_LATENCY_MS,
  goodBelowMs: 0.8 * HIGH_NETWORK_LATENCY_MS,
  poorBacklogMs: 1_500,
  goodBacklogMs: 750,
  exchanges: 3,
} as const;

const looksPoor = ({ roundTripMs, backlogMs }: { roundTripMs: number; backlogMs: number }) =>
  roundTripMs > LINK_QUALITY.poorAboveMs || backlogMs > LINK_QUALITY.poorBacklogMs;
const looksGood = ({ roundTripMs, backlogMs }: { roundTripMs: number; backlogMs: number }) =>
  roundTripMs < LINK_QUALITY.goodBelowMs && backlogMs < LINK_QUALITY.goodBacklogMs;

/**
 * Exponential backoff with equal jitter: half of the delay is fixed, half random, so that devices do not all reconnect at the same moment
 * after a gateway was restarted.
 */
export function retryDelayMs({ attempts, retryable, jitter }: Pick<LinkContext, 'attempts' | 'retryable' | 'jitter'>) {
  if (!retryable) return LINK_DELAYS_MS.refusedRetry;
  const { firstRetry: firstMs, longestRetry: longestMs } = LINK_DELAYS_MS;
  const ceilingMs = backoffMs(attempts, { firstMs, longestMs });
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * jitter);
}

const sendToChild = childSender<{ network: NetworkContract }>();
const sendToParent = parentSender<LinkContract>();

const NO_ERROR: ErrorInfo = { code: 'link_down', message: 'Not connected yet', hint: '' };
const CONNECT_TIMEOUT: ErrorInfo = {
  code: 'gateway_unreachable',
  message: `The gateway did not answer within ${LINK_DELAYS_MS.connectTimeout / 1_000} s`,
  hint: 'Check the address, and that the gateway runs.',
};

const qualityEvent =
  (quality: 'good' | 'poor') =>
  ({ context: { roundTripMs, backlogMs } }: { context: LinkContext }) =>
    ({ type: 'link.quality', quality, roundTripMs, backlogMs }) as const;

export const link = setup({
  types: { context: {} as LinkContext, events: {} as LinkEvent },
  actors: { network: placeholder(networkContract) },
  delays: {
    connectTimeout: LINK_DELAYS_MS.connectTimeout,
    retry: ({ context }) => retryDelayMs(context),
  },
  actions: {
    dial: sendToChild('network', { type: 'network.connect' }),
    announceUp: sendToParent(({ context }: { context: LinkContext }) => ({
      type: 'link.up',
      session: context.session,
    })),
    announceDown: sendToParent(({ context }: { context: LinkContext }) => ({
      type: 'link.down',
      error: context.error,
      retryInMs: retryDelayMs(context),
    })),
    countAttempt: assign({ attempts: ({ context }) => context.attempts + 1 }),
    forgetAttempts: assign({ attempts: 0 }),
    rememberClosed: assign(({ event }) =>
      event.type === 'network.closed'
        ? { error: event.error, retryable: event.retryable, jitter: event.jitter }
        : event.type === 'actor.restarting'
          ? { error: event.error, retryable: true }
          : {},
    ),
    rememberTimeout: assign({ error: CONNECT_TIMEOUT, retryable: true }),
    measure: assign(({ event }) =>
      event.type === 'network.roundTrip' ? { roundTripMs: event.roundTripMs, backlogMs: event.backlogMs } : {},
    ),
    tellRoundTrip: sendToParent(({ context }: { context: LinkContext }) => ({
      type: 'link.roundTrip',
      roundTripMs: context.roundTripMs,
    })),
    tellPoor: sendToParent(qualityEvent('poor')),
    tellGood: sendToParent(qualityEvent('good')),
    countContrary: assign({ contraryExchanges: ({ context }) => context.contraryExchanges + 1 }),
    resetContrary: assign({ contraryExchanges: 0 }),
  },
  guards: {
    turnsPoor: ({ context, event }) =>
      event.type === 'network.roundTrip' && looksPoor(event) && context.contraryExchanges + 1 >= LINK_QUALITY.exchanges,
    looksPoor: ({ event }) => event.type === 'network.roundTrip' && looksPoor(event),
    turnsGood: ({ context, event }) =>
      event.type === 'network.roundTrip' && looksGood(event) && context.contraryExchanges + 1 >= LINK_QUALITY.exchanges,
    looksGood: ({ event }) => event.type === 'network.roundTrip' && looksGood(event),
  },
}).createMachine({
  id: 'link',
  context: {
    attempts: 0,
    retryable: true,
    jitter: 0,
    session: '',
    error: NO_ERROR,
    roundTripMs: 0,
    backlogMs: 0,
    contraryExchanges: 0,
  },
  invoke: { id: 'network', src: 'network' },
  initial: 'connecting',
  on: {
    'link.close': {
      target: '.closed',
      actions: sendToChild('network', { type: 'network.close', reason: 'shutting down' }),
    },
    ...sendToChild.relay('network', shared(linkContract.receives, networkContract.receives)),
    ...sendToParent.relay(shared(networkContract.sends, linkContract.sends)),
    ...sendToParent.relay(['actor.restarted']),
  },
  states: {
    connecting: {
      entry: ['countAttempt', 'dial'],
      after: {
        connectTimeout: {
          target: 'backingOff',
          actions: ['rememberTimeout', sendToChild('network', { type: 'network.close', reason: 'no welcome' })],
        },
      },
      on: {
        'network.opened': { target: 'up', actions: assign({ session: ({ event }) => event.session }) },
        'network.pairing': {
          target: 'pairing',
          actions: sendToParent(({ event }) => ({ ...event, type: 'link.pairing' })),
        },
        'network.closed': { target: 'backingOff', actions: 'rememberClosed' },
        'actor.restarting': { target: 'backingOff', actions: ['rememberClosed', sendToParent(({ event }) => event)] },
      },
    },
    /** As long as the code is valid. Then the gateway closes the connection, approved or not, and the device connects again. */
    pairing: {
      entry: 'forgetAttempts',
      on: {
        'network.closed': { target: 'paired', actions: 'rememberClosed' },
        'actor.restarting': { target: 'backingOff', actions: ['rememberClosed', sendToParent(({ event }) => event)] },
      },
    },
    paired: {
      after: { retry: 'connecting' },
      on: { 'actor.restarting': { actions: sendToParent(({ event }) => event) } },
    },
    up: {
      entry: ['forgetAttempts', 'announceUp'],
      on: {
        /** Without a break: the state of the link is as before. */
        'network.moved': { actions: [assign({ session: ({ event }) => event.session }), 'announceUp'] },
        'network.closed': { target: 'backingOff', actions: 'rememberClosed' },
        'actor.restarting': { target: 'backingOff', actions: ['rememberClosed', sendToParent(({ event }) => event)] },
      },
      initial: 'good',
      states: {
        good: {
          entry: 'resetContrary',
          on: {
            'network.roundTrip': [
              { guard: 'turnsPoor', target: 'poor', actions: ['measure', 'tellRoundTrip', 'tellPoor'] },
              { guard: 'looksPoor', actions: ['measure', 'tellRoundTrip', 'countContrary'] },
              { actions: ['measure', 'tellRoundTrip', 'resetContrary'] },
            ],
          },
        },
        poor: {
          entry: 'resetContrary',
          on: {
            'network.roundTrip': [
              { guard: 'turnsGood', target: 'good', actions: ['measure', 'tellRoundTrip', 'tellGood'] },
              { guard: 'looksGood', actions: ['measure', 'tellRoundTrip', 'countContrary'] },
              { actions: ['measure', 'tellRoundTrip', 'resetContrary'] },
            ],
          },
        },
      },
    },
    backingOff: {
      entry: 'announceDown',
      after: { retry: 'connecting' },
      on: {
        'link.retry': 'connecting',
        /** The network was the cause, and it is back: the backoff is reset. */
        'network.available': { target: 'connecting', actions: 'forgetAttempts' },
        'actor.restarting': { actions: sendToParent(({ event }) => event) },
      },
    },
    closed: {},
  },
});
