import { allBut, contract, event, type TypesOf } from './contract.ts';
import { networkContract } from './network.ts';
import { error } from './samples.ts';
import { supervision } from './supervision.ts';

export interface LinkQuality {
  quality: 'good' | 'poor';
  roundTripMs: number;
  backlogMs: number;
}

/** The machine around the network: the connection, its quality, and the waits between attempts. */
export const linkContract = contract('link', {
  receives: {
    ...allBut(networkContract.receives, 'network.connect', 'network.close'),
    'link.close': event('close the connection for good'),
    'link.retry': event('do not wait for the backoff'),
  },
  sends: {
    ...allBut(
      networkContract.sends,
      'network.opened',
      'network.closed',
      'network.roundTrip',
      'network.available',
      'network.pairing',
    ),
    'link.up': event('the gateway can be talked to', { session: '' }),
    'link.down': event('it cannot', { error, retryInMs: 1_000 }),
    'link.roundTrip': event('round-trip time', { roundTripMs: 50 }),
    'link.pairing': networkContract.sends['network.pairing'],
    'link.quality': event<LinkQuality>('whether the link is good or poor changed', {
      quality: 'poor',
      roundTripMs: 400,
      backlogMs: 0,
    }),
    ...supervision,
  },
});
export type LinkContract = TypesOf<typeof linkContract>;
