/**
 * Applies the settings from the cloud to a running daemon: volume, bitrate, and the cached replies for use without a connection.
 */
import { type CachedReply, keepReplies, saveReply } from '../../actors/offline/cached-replies.ts';
import type { ReminderStore } from '../../actors/reminders/reminder-store.ts';
import { errorFields } from '../core/errors.ts';
import type { Log } from '../core/log/log.ts';
import { decodeOpusFile } from '../core/ogg/opus-file.ts';
import type { CachedReplyMessage, ReminderSpeechMessage, Settings } from '../protocol/control.ts';
import type { ListenSettingsStore } from './listen-settings.ts';
import type { LocalSettings } from './local-settings.ts';

export interface SettingsTarget {
  /** Of the audio thread. */
  configure(settings: { volumePercent?: number; bitrate?: number }): void;
  local: LocalSettings;
  repliesFolder: string;
  listening: ListenSettingsStore;
  log: Log;
}

export function applySettings(settings: Settings, target: SettingsTarget): void {
  const { configure, local, repliesFolder, listening, log } = target;
  const { bitrate, cachedReplies } = settings;
  log.info('settings changed', { ...settings });
  listening.operatorHas(settings.listening);
  local.noteOperatorsVolume(settings.volumePercent);
  configure({ volumePercent: local.volumePercent, ...(bitrate !== undefined && { bitrate }) });
  try {
    if (cachedReplies) keepReplies(repliesFolder, cachedReplies);
  } catch (error) {
    log.warn('unused cached replies cannot be deleted', errorFields(error));
  }
}

/** A damaged reply, or one that does not fit on the disk, is logged and skipped. */
export function storeCachedReply(
  { key, text, file }: CachedReplyMessage,
  { repliesFolder, log }: Pick<SettingsTarget, 'repliesFolder' | 'log'>,
): void {
  try {
    const reply: CachedReply = { text, frames: decodeOpusFile(Buffer.from(file, 'base64')).packets };
    saveReply(repliesFolder, key, reply);
  } catch (error) {
    log.warn('a cached reply cannot be stored', { key, ...errorFields(error) });
  }
}

/** A damaged one, or one that does not fit on the disk, is logged and skipped: the reminder rings without it. */
export function storeReminderSpeech({ id, text, file }: ReminderSpeechMessage, store: ReminderStore, log: Log): void {
  try {
    store.saveSpeech(id, { text, frames: decodeOpusFile(Buffer.from(file, 'base64')).packets });
  } catch (error) {
    log.warn('what a reminder says cannot be stored', { reminder: id, ...errorFields(error) });
  }
}
