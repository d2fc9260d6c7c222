/** The words of a reply, caption by caption. Device and gateway share it, so both show and record the same text. */
import { clipText } from './bounds.ts';

/** Longest text of a reply, in characters: more than ten minutes of speech. */
const MAX_REPLY_TEXT = 16_384;

export function withCaption(text: string | undefined, caption: string): string {
  return clipText(text ? `${text} ${caption}` : caption, MAX_REPLY_TEXT);
}
