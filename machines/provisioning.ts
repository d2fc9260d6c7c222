/**
 * Provisioning: how a device without a keyboard gets a network, a gateway and its pairing. While there is no network it opens an access point with a
 * page. It tries what a person enters there, and is back at the access point, with the reason, when that fails. A network that was only away (a
 * router that starts later than the device) ends it by itself.
 */
import { assign, emit, setup } from 'xstate';
import {
  type LinkContract,
  linkContract,
  type ProvisioningContract,
  type SupervisionEvent,
  type WifiContract,
  wifiContract,
} from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';
import { childSender, placeholder } from './wiring.ts';

export const PROVISIONING_DELAYS_MS = {
  /** A router, a DHCP server and NetworkManager may start later than the device. */
  settle: 45_000,
  /** Between two looks for a network. */
  look: 3_000,
  /** A scan, and the access point. */
  hostTimeout: 90_000,
  /** Without a person at the page; then the known networks are tried again. */
  unvisited: 300_000,
  /** NetworkManager gives up after 35 s, and its answer is waited for. */
  joinTimeout: 90_000,
  /** To find the gateway and to get its answer. */
  gatewayTimeout: 45_000,
} as const;

interface ProvisioningContext {
  /** It needs a network only. */
  isPaired: boolean;
  /** Of the device in the network of its access point; undefined: the access point is closed. */
  address: string | undefined;
  /** Why what was tried last has failed. */
  error: ErrorInfo | undefined;
  /** The operator has to approve it. */
  code: string | undefined;
}

type ProvisioningEvent =
  | ProvisioningContract['receives']
  | WifiContract['sends']
  | LinkContract['sends']
  | SupervisionEvent;

const sendToChild = childSender<{ wifi: WifiContract }>();

const JOIN_TIMEOUT: ErrorInfo = {
  code: 'wifi_refused',
  message: 'The network does not answer',
  hint: 'Check the password; bring the device nearer.',
};
const GATEWAY_TIMEOUT: ErrorInfo = {
  code: 'gateway_unreachable',
  message: 'The gateway does not answer',
  hint: 'Check that it runs, and its address.',
};

export const provisioning = setup({
  types: {
    context: {} as ProvisioningContext,
    events: {} as ProvisioningEvent,
    emitted: {} as ProvisioningContract['sends'],
  },
  actors: { wifi: placeholder(wifiContract), link: placeholder(linkContract) },
  delays: PROVISIONING_DELAYS_MS,
  guards: { isPaired: ({ context }) => context.isPaired },
  actions: {
    check: sendToChild('wifi', { type: 'wifi.check' }),
    host: sendToChild('wifi', { type: 'wifi.host' }),
    join: sendToChild('wifi', { type: 'wifi.join' }),
    release: sendToChild('wifi', { type: 'wifi.release' }),
    noteAddress: assign({ address: ({ event }) => (event.type === 'wifi.hosting' ? event.address : undefined) }),
    forgetAddress: assign({ address: undefined }),
    noteError: assign({ error: ({ context, event }) => ('error' in event ? event.error : context.error) }),
    forgetError: assign({ error: undefined }),
    noteJoinTimeout: assign({ error: JOIN_TIMEOUT }),
    /** What the link has told is more exact. */
    noteGatewayTimeout: assign({ error: ({ context }) => context.error ?? GATEWAY_TIMEOUT }),
    noteCode: assign({ code: ({ event }) => (event.type === 'link.pairing' ? event.code : undefined) }),
    forgetCode: assign({ code: undefined }),
  },
}).createMachine({
  id: 'provisioning',
  context: { isPaired: false, address: undefined, error: undefined, code: undefined },
  invoke: { id: 'wifi', src: 'wifi' },
  initial: 'offline',
  on: { 'provisioning.paired': { actions: assign({ isPaired: true }) } },
  states: {
    /** There may be a network already, or soon. */
    offline: {
      entry: ['release', 'forgetAddress'],
      after: { settle: 'hosting' },
      on: {
        'wifi.online': [
          { guard: 'isPaired', target: 'done' },
          { target: 'online', actions: 'forgetError' },
        ],
      },
      initial: 'looking',
      states: {
        looking: {
          entry: 'check',
          // Also where there is no answer: the actor was restarted.
          after: { look: { target: 'looking', reenter: true } },
        },
      },
    },
    hosting: {
      entry: 'host',
      after: { hostTimeout: 'offline' },
      on: {
        'wifi.hosting': { target: 'hotspot', actions: 'noteAddress' },
        'wifi.failed': { target: 'offline', actions: 'noteError' },
      },
    },
    hotspot: {
      after: { unvisited: 'offline' },
      on: {
        'provisioning.visited': { target: 'hotspot', reenter: true },
        'provisioning.join': { target: 'joining', actions: 'forgetError' },
        'provisioning.search': { target: 'online', actions: 'forgetError' },
      },
    },
    /** The radio has one network at a time: the access point closes. */
    joining: {
      entry: ['forgetAddress', 'join'],
      after: { joinTimeout: { target: 'hosting', actions: 'noteJoinTimeout' } },
      on: {
        'wifi.joined': [{ guard: 'isPaired', target: 'done' }, { target: 'online' }],
        'wifi.refused': { target: 'hosting', actions: 'noteError' },
        'wifi.failed': { target: 'hosting', actions: 'noteError' },
      },
    },
    /** By cable the access point is still open. */
    online: {
      invoke: { id: 'link', src: 'link' },
      exit: 'forgetCode',
      on: { 'link.up': 'done' },
      initial: 'searching',
      states: {
        searching: {
          after: { gatewayTimeout: { target: '#provisioning.hosting', actions: 'noteGatewayTimeout' } },
          on: {
            'link.down': { actions: 'noteError' },
            'link.pairing': { target: 'pairing', actions: ['noteCode', 'forgetError'] },
          },
        },
        /** When a code has expired, the gateway gives another one. */
        pairing: {
          on: {
            'link.pairing': { actions: 'noteCode' },
            'link.down': { target: 'searching', actions: ['noteError', 'forgetCode'] },
          },
        },
      },
    },
    /** Whoever started it closes the access point. */
    done: {
      entry: ['forgetAddress', emit({ type: 'provisioning.done' })],
    },
  },
});
