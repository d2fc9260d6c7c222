/**
 * What the gateway tells a device by itself: announcements, reminders and what they say. Each is told to a device that can use it, and
 * again when it is connected again.
 */
import type { ReminderSpeechFile } from '../../src/core/actor/data-plane.ts';
import type { Clock } from '../../src/core/time/clock.ts';
import type { AnnouncementMessage, RemindersMessage } from '../../src/protocol/control.ts';
import type { KnownFeature } from '../../src/protocol/features.ts';
import type { AttachedDevice } from './attached-device.ts';

export class DeviceNotices {
  readonly #clock: Clock;
  /** Those for which the device has begun no turn, by id. */
  readonly #announcements = new Map<string, { announcement: AnnouncementMessage; expiresAtMs: number }>();
  #reminders: RemindersMessage['reminders'] | undefined;
  #device: AttachedDevice | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The device was welcomed. */
  attach(device: AttachedDevice): void {
    this.#device = device;
    this.#sendReminders();
    for (const { announcement, expiresAtMs } of this.#announcements.values()) this.#sendSay(announcement, expiresAtMs);
  }

  detach(): void {
    this.#device = undefined;
  }

  /** The whole list. */
  setReminders(reminders: RemindersMessage['reminders']): void {
    this.#reminders = reminders;
    this.#sendReminders();
  }

  say({ id, text, priority, expiresInMs }: AnnouncementMessage): void {
    const announcement = { id, text, priority, expiresInMs };
    const expiresAtMs = this.#clock.now() + announcement.expiresInMs;
    this.#announcements.set(announcement.id, { announcement, expiresAtMs });
    this.#sendSay(announcement, expiresAtMs);
  }

  /** The device has taken or declined it, or nobody wants it any more. */
  forget(id: string): void {
    this.#announcements.delete(id);
  }

  speak({ id, text, file }: ReminderSpeechFile): void {
    if (!this.#can('reminders')) return;
    this.#device?.send({ type: 'reminder.speech', id, text, file: Buffer.from(file).toString('base64') });
  }

  #can(feature: KnownFeature): boolean {
    return this.#device?.hello.features?.includes(feature) === true;
  }

  #sendReminders(): void {
    if (!this.#reminders || !this.#can('reminders')) return;
    this.#device?.send({ type: 'reminders', now: this.#clock.wallNow(), reminders: this.#reminders });
  }

  #sendSay(announcement: AnnouncementMessage, expiresAtMs: number): void {
    const expiresInMs = Math.round(expiresAtMs - this.#clock.now());
    if (expiresInMs <= 0) this.forget(announcement.id);
    else if (this.#can('say')) this.#device?.send({ type: 'say', ...announcement, expiresInMs });
  }
}
