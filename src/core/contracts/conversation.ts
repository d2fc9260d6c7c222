import { announcementsContract } from './announcements.ts';
import { captureContract } from './capture.ts';
import { allBut, contract, event, only, type TypesOf } from './contract.ts';
import { encoderContract } from './encoder.ts';
import { linkContract } from './link.ts';
import { listeningContract } from './listening.ts';
import { playbackContract } from './playback.ts';
import { remindersContract } from './reminders.ts';
import { supervision } from './supervision.ts';
import { triggerContract } from './trigger.ts';
import { uploaderContract } from './uploader.ts';

/** The device's top machine. It receives the events of its children and the commands of its daemon, and sends what people want to see. */
export const conversationContract = contract('conversation', {
  receives: {
    ...triggerContract.sends,
    ...listeningContract.sends,
    ...only(listeningContract.receives, 'listening.configure', 'listening.mute'),
    ...captureContract.sends,
    ...encoderContract.sends,
    ...playbackContract.sends,
    ...linkContract.sends,
    ...uploaderContract.sends,
    ...announcementsContract.sends,
    ...remindersContract.sends,
    ...only(linkContract.receives, 'turn.latencies', 'device.metrics', 'device.mute'),
    'conversation.close': event('the daemon shuts down: close the link'),
  },
  sends: {
    ...only(
      listeningContract.sends,
      'microphone.changed',
      'attention.changed',
      'listener.failed',
      'listener.lost',
      'listener.recovered',
      'listener.ended',
      'echo.changed',
    ),
    ...only(captureContract.sends, 'capture.clipping', 'capture.silence'),
    ...only(encoderContract.sends, 'encoder.overflow'),
    ...only(playbackContract.sends, 'player.overflow'),
    ...only(
      linkContract.sends,
      'link.quality',
      'link.pairing',
      'turn.stored',
      'turn.partial',
      'turn.processing',
      'reply.text',
      'settings.changed',
      'control.received',
    ),
    ...allBut(uploaderContract.sends, 'offline.started', 'offline.replying'),
    ...only(announcementsContract.sends, 'say.declined'),
    ...only(remindersContract.sends, 'reminder.rang', 'reminders.failed'),
    ...supervision,
  },
});
export type ConversationContract = TypesOf<typeof conversationContract>;
