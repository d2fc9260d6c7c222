import { contract, event, type TypesOf } from './contract.ts';
import { atMs, error, id, turn } from './samples.ts';
import type { TurnStart } from './trigger.ts';

/** The store of turns, and the cached replies. */
export const offlineContract = contract('offline', {
  receives: {
    'offline.open': event<TurnStart & { turn: number }>('packets of this turn follow: store them', {
      turn,
      id,
      trigger: 'page',
      startedAtMs: atMs,
    }),
    'offline.close': event('no more packets of it follow', { turn }),
    'offline.forget': event('delete this turn: the cloud has it, or the person discarded it', { id }),
    'offline.setAside': event('the cloud will never accept this turn: set it aside', { id, error }),
    'offline.deliver': event('hand the oldest stored turn to the network'),
    'offline.reply': event('play a cached reply in place of the cloud’s', { turn }),
  },
  sends: {
    'offline.started': event('the first packet of the turn is stored', { turn }),
    'offline.pending': event('how many turns are stored, without the current one', { turns: 0 }),
    'offline.replying': event('a cached reply begins', { turn, text: '' }),
    'offline.delivering': event('all packets of a stored turn were passed to the network', { id }),
    'offline.dropped': event('the oldest stored turn was dropped at the limit', { id }),
    'offline.refused': event('a stored turn can never be delivered: it is set aside', { id, error }),
    'offline.damaged': event('a stored turn is damaged; `deliverable`: its intact packets will be delivered', {
      id,
      damagedBytes: 0,
      deliverable: true,
    }),
    'offline.failed': event('the store cannot be used; turns continue without it', { error }),
  },
});
export type OfflineContract = TypesOf<typeof offlineContract>;
