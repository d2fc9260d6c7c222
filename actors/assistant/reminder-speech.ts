/**
 * What reminders say when they ring, spoken ahead of time: the device has it when there is no connection.
 */
import type { ReminderSpeechFile } from '../../src/core/actor/data-plane.ts';
import type { Scope } from '../../src/core/actor/scope.ts';
import type { DeviceProfile } from '../../src/core/device-profile.ts';
import { errorFields } from '../../src/core/errors.ts';
import type { RemindersMessage } from '../../src/protocol/control.ts';
import { speechFile } from './announcer.ts';
import type { ReplyVoice } from './speech/reply-voice.ts';

type Reminder = RemindersMessage['reminders'][number];

/** One message has 64 KiB, in base64. A longer text is not spoken: the tone alone rings. */
const MAX_FILE_BYTES = 44 * 1_024;
/** Files of all devices that are kept, so that a device that connects again costs nothing. About 1 MB. */
const MAX_CACHED = 100;

export interface ReminderSpeech {
  /** Speaks those that are new, one after the other. */
  onListed(reminders: readonly Reminder[]): void;
}

export interface ReminderSpeechOptions {
  voice: Pick<ReplyVoice, 'reply'>;
  /** Shared by all sessions. */
  cache: Map<string, Uint8Array>;
  device: () => DeviceProfile;
  send: (file: ReminderSpeechFile) => void;
  scope: Pick<Scope, 'run' | 'log'>;
}

export function createReminderSpeech({ voice, cache, device, send, scope }: ReminderSpeechOptions): ReminderSpeech {
  const sent = new Set<string>();
  let work = Promise.resolve();

  async function speak(reminder: Reminder): Promise<void> {
    const profile = device();
    const text = reminderText(reminder);
    const key = JSON.stringify([profile.voice, profile.language, text]);
    try {
      const file = cache.get(key) ?? (await speechFile(voice, profile, text));
      cache.delete(key);
      cache.set(key, file);
      const [oldest] = cache.keys();
      if (oldest !== undefined && cache.size > MAX_CACHED) cache.delete(oldest);
      if (file.length <= MAX_FILE_BYTES) send({ id: reminder.id, text, file });
    } catch (error) {
      scope.log.warn('what a reminder says cannot be spoken; its tone rings alone', errorFields(error));
    }
  }

  return {
    onListed(reminders) {
      for (const reminder of reminders) {
        if (sent.has(reminder.id)) continue;
        sent.add(reminder.id);
        work = work.then(() => speak(reminder));
      }
      scope.run(() => work);
    },
  };
}

/** The sentence of a reminder, in English like the embedded assistant. */
export function reminderText({ kind, label }: Pick<Reminder, 'kind' | 'label'>): string {
  if (kind === 'timer') return label === '' ? 'Your timer is done.' : `Your ${label} timer is done.`;
  if (kind === 'alarm') return label === '' ? 'This is your alarm.' : `This is your alarm: ${label}.`;
  return label === '' ? 'You asked me to remind you.' : `I should remind you: ${label}.`;
}
