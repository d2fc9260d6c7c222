/**
 * What the gateway tells a connected device by itself: announcements of the operator, its reminders, and what they say.
 */

import type { ReminderBook } from '../../actors/assistant/memory/cloud-reminders.ts';
import { createReminderSpeech } from '../../actors/assistant/reminder-speech.ts';
import type { ReplyVoice } from '../../actors/assistant/speech/reply-voice.ts';
import { AnnouncementOffers } from '../../actors/cloud/announcement-offers.ts';
import type { Cloud } from '../../actors/cloud/cloud.ts';
import type { CloudRecorder } from '../../actors/cloud/cloud-recorder.ts';
import type { SessionObserver } from '../../actors/cloud/session-recorder.ts';
import type { ResponderOptions } from '../../actors/responder/responder-actor.ts';
import type { ReminderSpeechFile } from '../core/actor/data-plane.ts';
import { keepRunning } from '../core/actor/keep-running.ts';
import type { DeviceConnectionContract, SessionContract } from '../core/contracts/index.ts';
import type { DeviceProfile } from '../core/device-profile.ts';
import type { Log } from '../core/log/log.ts';
import type { Clock } from '../core/time/clock.ts';
import type { KnownFeature } from '../protocol/features.ts';

/** The session of a device. */
export interface NotifiedSession {
  device: string;
  profile: () => DeviceProfile;
  send: (
    event: Extract<SessionContract['receives'], { type: 'session.say' | 'session.unsay' | 'session.reminders' }>,
  ) => void;
  sendSpeech: (file: ReminderSpeechFile) => void;
}

export interface SessionNotices {
  observer: SessionObserver;
  takeAnnouncement: NonNullable<ResponderOptions['takeAnnouncement']>;
  close(): void;
}

export interface NoticesOptions {
  cloud: Promise<Cloud>;
  recorder: Pick<CloudRecorder, 'announcement'>;
  reminders: ReminderBook;
  /** Undefined: this gateway cannot speak; announcements fail, and reminders ring with their tone alone. */
  voice: Pick<ReplyVoice, 'reply'> | undefined;
  clock: Clock;
  log: Log;
}

const REMINDERS: KnownFeature = 'reminders';

/** Makes the function that is called for each session. */
export function createSessionNotices({ cloud, recorder, reminders, voice, clock, log }: NoticesOptions) {
  const cache = new Map<string, Uint8Array>();

  return ({ device, profile, send, sendSpeech }: NotifiedSession): SessionNotices => {
    const offers = new AnnouncementOffers({
      canSpeak: voice !== undefined,
      offer: (announcement) => send({ type: 'session.say', ...announcement }),
      withdraw: (id) => send({ type: 'session.unsay', id }),
      report: (report) => recorder.announcement(device, report),
      wallNow: clock.wallNow,
    });
    let watching: { stop(): void } | undefined;

    /** Once it is known what the device can do. */
    function watch(features: readonly string[]): void {
      watching ??= keepRunning('the notices of a device', { clock, log }, (scope) => {
        const { run, guard, onEnd } = scope;
        const onAnnouncements = guard((list: Parameters<AnnouncementOffers['onListed']>[0]) => offers.onListed(list));
        run(async () => {
          const ready = await cloud.catch(() => undefined); // logged where the cloud is opened
          if (ready) onEnd(ready.watchAnnouncements(device, onAnnouncements));
        });
        if (!features.includes(REMINDERS)) return;
        const speech = voice && createReminderSpeech({ voice, cache, device: profile, send: sendSpeech, scope });
        const onReminders = guard((list: Parameters<Parameters<ReminderBook['watch']>[1]>[0]) => {
          const listed = list.map(({ id, kind, label, at }) => ({ id, kind, label, at }));
          send({ type: 'session.reminders', reminders: listed });
          speech?.onListed(listed);
        });
        onEnd(reminders.watch(device, onReminders));
      });
    }

    function sent(event: DeviceConnectionContract['sends']): void {
      offers.onEvent(event);
      if (event.type === 'device.attached') watch(event.features ?? []);
      if (event.type === 'device.rang') reminders.onRang(device, event);
    }

    return {
      observer: {
        sent,
        received() {},
        toolUsed() {},
        ended: (turn, outcome) => offers.onTurnEnded(turn, outcome),
        closed() {},
      },
      takeAnnouncement: (id, turn) => offers.take(id, turn),
      close: () => watching?.stop(),
    };
  };
}

export type OpenNotices = ReturnType<typeof createSessionNotices>;
