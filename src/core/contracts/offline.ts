import { contract, event, type TypesOf } from './contract.ts';
import { atMs, error, id, turn } from './samples.ts';
import type { TurnStart } from './trigger.ts';

/** The store of turns, and the cached replies. */
export const offlineContract = contract('offline', {
  receives: {
    'offline.open': event<TurnStart & { turn: number }>('packets of this turn follow: keep them', {
      turn,
      id,
      trigger: 'page',
      startedAtMs: atMs,
    }),
    'offline.close': event('no more packets of it follow', { turn }),
    'offline.forget': event('the cloud has it, or the person took it back', { id }),
    'offline.setAside': event('the cloud will never take it: keep it where it is in nobody’s way', { id, error }),
    'offline.deliver': event('hand the oldest stored turn to the network'),
    'offline.reply': event('play a cached reply in place of the cloud’s', { turn }),
  },
  sends: {
    'offline.started': event('the first packet of the turn is kept', { turn }),
    'offline.pending': event('how many turns are kept, the current one not counted', { turns: 0 }),
    'offline.replying': event('a cached reply begins', { turn, text: '' }),
    'offline.delivering': event('packets of a stored turn are with the network', { id }),
    'offline.dropped': event('the oldest stored turn was dropped at the limit', { id }),
    'offline.damaged': event('a stored turn is not whole; `kept`: what is whole of it will be delivered', {
      id,
      damagedBytes: 0,
      kept: true,
    }),
    'offline.failed': event('the store cannot be used; turns go on without it', { error }),
  },
});
export type OfflineContract = TypesOf<typeof offlineContract>;
