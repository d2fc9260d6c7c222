import type { RemindersMessage, Settings } from '../../protocol/control.ts';
import { contract, event, type TypesOf } from './contract.ts';
import { deviceConnectionContract } from './device-connection.ts';
import { responderContract } from './responder.ts';
import { reason } from './samples.ts';
import { hosting, supervision } from './supervision.ts';

/** The gateway's machine of one device. A device connection that crashes is not restarted: the session ends and the device connects again. */
export const sessionContract = contract('session', {
  receives: {
    ...deviceConnectionContract.sends,
    ...responderContract.sends,
    ...hosting,
    ...supervision,
    'session.close': event('the gateway shuts down, or another connection of the same device replaces this one', {
      code: 1_001,
      reason,
    }),
    'session.drain': deviceConnectionContract.receives['device.goaway'],
    'session.settings': event<{ settings: Settings }>('the operator has changed the device’s settings', {
      settings: {},
    }),
    'session.control': deviceConnectionContract.receives['device.control'],
    'session.say': deviceConnectionContract.receives['device.say'],
    'session.unsay': deviceConnectionContract.receives['device.unsay'],
    'session.reminders': event<{ reminders: RemindersMessage['reminders'] }>('the reminders of the device', {
      reminders: [],
    }),
  },
  sends: {},
});
export type SessionContract = TypesOf<typeof sessionContract>;
