/**
 * What the cloud changes on a running daemon: the sound of its line, and the replies that it may use without a connection.
 */
import { type CachedReply, keepReplies, saveReply } from '../../actors/offline/cached-replies.ts';
import { errorFields } from '../core/errors.ts';
import type { Log } from '../core/log/log.ts';
import { decodeOpusFile } from '../core/ogg/opus-file.ts';
import type { CachedReplyMessage, Settings } from '../protocol/control.ts';

export interface SettingsTarget {
  /** Of the audio thread. */
  configure(settings: { volumePercent?: number; bitrate?: number }): void;
  repliesFolder: string;
  log: Log;
}

export function applySettings(settings: Settings, { configure, repliesFolder, log }: SettingsTarget): void {
  const { volumePercent = 100, bitrate, cachedReplies } = settings;
  log.info('settings changed', { ...settings });
  configure({ volumePercent, ...(bitrate !== undefined && { bitrate }) });
  try {
    if (cachedReplies) keepReplies(repliesFolder, cachedReplies);
  } catch (error) {
    log.warn('cached replies that are not wanted any more cannot be removed', errorFields(error));
  }
}

/** A reply that is damaged, or finds no room, is said and left out: there are others. */
export function keepCachedReply({ key, text, file }: CachedReplyMessage, { repliesFolder, log }: SettingsTarget): void {
  try {
    const reply: CachedReply = { text, frames: decodeOpusFile(Buffer.from(file, 'base64')).packets };
    saveReply(repliesFolder, key, reply);
  } catch (error) {
    log.warn('a cached reply cannot be kept', { key, ...errorFields(error) });
  }
}
