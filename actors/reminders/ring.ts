/**
 * What is played when a reminder rings: the tone, the text, and again, for a minute. Pure.
 */
import { FRAME_MS } from '../../src/protocol/format.ts';
import type { CachedReply } from '../offline/cached-replies.ts';

/** How long a reminder rings when nobody stops it. */
export const RING_MS = 60_000;
const MAX_FRAMES = RING_MS / FRAME_MS;

/** Opus frames of 20 ms. */
export function ringOf(tone: CachedReply, speech: CachedReply | undefined): Uint8Array[] {
  const once = [...tone.frames, ...(speech?.frames ?? [])];
  if (once.length === 0) return [];
  const times = Math.max(1, Math.floor(MAX_FRAMES / once.length));
  return Array.from({ length: times }, () => once)
    .flat()
    .slice(0, MAX_FRAMES);
}
