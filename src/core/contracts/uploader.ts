import { allBut, contract, event, only, type TypesOf } from './contract.ts';
import { linkContract } from './link.ts';
import { offlineContract } from './offline.ts';
import { id } from './samples.ts';
import { supervision } from './supervision.ts';

/** The machine around the turn store: when stored turns are delivered. */
export const uploaderContract = contract('uploader', {
  receives: {
    ...allBut(offlineContract.receives, 'offline.deliver', 'offline.setAside'),
    ...only(linkContract.sends, 'link.up', 'link.down', 'turn.stored', 'delivery.failed'),
    'conversation.idle': event('there is no live turn: stored turns may be delivered'),
    'conversation.busy': event('a live turn has begun'),
  },
  sends: {
    ...allBut(offlineContract.sends, 'offline.delivering'),
    'turn.delivered': event('the cloud has a stored turn now', { id }),
    ...supervision,
  },
});
export type UploaderContract = TypesOf<typeof uploaderContract>;
