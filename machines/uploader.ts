/**
 * The turn uploader: decides when stored turns are delivered. It waits while there is a live turn or no link. After a short
 * quiet time it has them delivered, one soon after the other, and each removed when the cloud has it. A turn that the cloud will never accept
 * is set aside.
 */
import { assertEvent, assign, setup } from 'xstate';
import {
  type OfflineContract,
  offlineContract,
  type SupervisionEvent,
  supervision,
  type UploaderContract,
  uploaderContract,
} from '../src/core/contracts/index.ts';
import { childSender, parentSender, placeholder, shared } from './wiring.ts';

export const UPLOADER_DELAYS_MS = {
  /** Time without a turn before a delivery begins: the confirmation of the last turn may still come. */
  quiet: 2_000,
  /** From a delivered turn to the next: a store that cannot remove turns must not keep the gateway busy. */
  between: 250,
  /** From passing a turn to the network to the confirmation of the cloud. */
  deliveryTimeout: 60_000,
  /** After a failed delivery. */
  retry: 30_000,
} as const;

interface UploaderContext {
  lineIdle: boolean;
  linkUp: boolean;
  pending: number;
  /** Id of the turn that is being delivered. */
  delivering: string;
}

type UploaderEvent = UploaderContract['receives'] | OfflineContract['sends'] | SupervisionEvent;

const sendToChild = childSender<{ offline: OfflineContract }>();
const sendToParent = parentSender<UploaderContract>();

export const uploader = setup({
  types: { context: {} as UploaderContext, events: {} as UploaderEvent },
  actors: { offline: placeholder(offlineContract) },
  delays: UPLOADER_DELAYS_MS,
  guards: {
    mayDeliver: ({ context }) => context.lineIdle && context.linkUp && context.pending > 0,
    mayNotDeliver: ({ context }) => !(context.lineIdle && context.linkUp && context.pending > 0),
    isDelivered: ({ context, event }) => event.type === 'turn.stored' && event.id === context.delivering,
    isUnwanted: ({ context, event }) =>
      event.type === 'delivery.failed' && event.id === context.delivering && !event.retryable,
    isThisDelivery: ({ context, event }) => event.type === 'delivery.failed' && event.id === context.delivering,
  },
  actions: {
    deliver: sendToChild('offline', { type: 'offline.deliver' }),
    forget: sendToChild('offline', ({ event }: { event: UploaderEvent }) => ({
      type: 'offline.forget',
      id: 'id' in event ? event.id : '',
    })),
    setAside: sendToChild('offline', ({ event }: { event: UploaderEvent }) => {
      assertEvent(event, 'delivery.failed');
      return { type: 'offline.setAside', id: event.id, error: event.error };
    }),
    noteDelivered: assign({ delivering: '' }),
    tellDelivered: sendToParent(({ context }: { context: UploaderContext }) => ({
      type: 'turn.delivered',
      id: context.delivering,
    })),
  },
}).createMachine({
  id: 'uploader',
  context: { lineIdle: true, linkUp: false, pending: 0, delivering: '' },
  invoke: { id: 'offline', src: 'offline' },
  initial: 'resting',
  on: {
    'conversation.idle': { actions: assign({ lineIdle: true }) },
    'conversation.busy': { actions: assign({ lineIdle: false }) },
    'link.up': { actions: assign({ linkUp: true }) },
    'link.down': { actions: assign({ linkUp: false }) },
    'turn.stored': { actions: 'forget' },
    ...sendToChild.relay('offline', shared(uploaderContract.receives, offlineContract.receives)),
    ...sendToParent.relay(shared({ ...offlineContract.sends, ...supervision }, uploaderContract.sends)),
    'offline.pending': {
      actions: [assign({ pending: ({ event }) => event.turns }), sendToParent(({ event }) => event)],
    },
  },
  states: {
    resting: { always: { guard: 'mayDeliver', target: 'quiet' } },
    quiet: {
      always: { guard: 'mayNotDeliver', target: 'resting' },
      after: { quiet: 'delivering' },
    },
    delivering: {
      entry: 'deliver',
      always: { guard: 'mayNotDeliver', target: 'resting' },
      after: { deliveryTimeout: 'retrying' },
      on: {
        'offline.delivering': { actions: assign({ delivering: ({ event }) => event.id }) },
        'turn.stored': {
          guard: 'isDelivered',
          target: 'delivered',
          actions: ['forget', 'tellDelivered', 'noteDelivered'],
        },
        'delivery.failed': [
          { guard: 'isUnwanted', target: 'quiet', actions: 'setAside' },
          { guard: 'isThisDelivery', target: 'retrying' },
        ],
      },
    },
    delivered: {
      always: { guard: 'mayNotDeliver', target: 'resting' },
      after: { between: 'delivering' },
    },
    retrying: {
      always: { guard: 'mayNotDeliver', target: 'resting' },
      after: { retry: 'delivering' },
      on: {
        // The confirmation has come late.
        'turn.stored': {
          guard: 'isDelivered',
          target: 'delivered',
          actions: ['forget', 'tellDelivered', 'noteDelivered'],
        },
      },
    },
  },
});
