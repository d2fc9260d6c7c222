import { allBut, contract, event, type TypesOf } from './contract.ts';
import { networkContract } from './network.ts';
import { error } from './samples.ts';
import { supervision } from './supervision.ts';

export interface LinkQuality {
  quality: 'good' | 'poor';
  roundTripMs: number;
  backlogMs: number;
}

/** The machine above the network: the connection, its quality, and the waits between attempts. */
export const linkContract = contract('link', {
  receives: {
    ...allBut(networkContract.receives, 'network.connect', 'network.close'),
    'link.close': event('close the connection, and do not reconnect'),
    'link.retry': event('reconnect now, without the backoff'),
  },
  sends: {
    ...allBut(
      networkContract.sends,
      'network.opened',
      'network.moved',
      'network.closed',
      'network.roundTrip',
      'network.available',
      'network.pairing',
    ),
    'link.up': event('the gateway is connected', { session: '' }),
    'link.down': event('the gateway is not connected', { error, retryInMs: 1_000 }),
    'link.roundTrip': event('round-trip time', { roundTripMs: 50 }),
    'link.pairing': networkContract.sends['network.pairing'],
    'link.quality': event<LinkQuality>('the quality of the link changed', {
      quality: 'poor',
      roundTripMs: 400,
      backlogMs: 0,
    }),
    ...supervision,
  },
});
export type LinkContract = TypesOf<typeof linkContract>;
