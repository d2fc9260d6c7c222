/**
 * When a person speaks over a reply: suspected at once, because playback pauses then; confirmed or dismissed soon after.
 * Pure; in the time of the samples.
 */
import { FRAME_MS } from '../../src/protocol/format.ts';
import { createVoiceWindow } from './voice-window.ts';

/** 100 of the last 200 ms: a pause by mistake costs little, because the reply goes on where it was. */
const SUSPECTED_WINDOW_MS = 200;
const SUSPECTED_VOICE_MS = 100;
/** This much voice in all confirms it. */
const CONFIRMED_VOICE_MS = 400;
/** It has ended when there is no voice for this long: longer than the pause between a first word and the rest. */
const DISMISSED_SILENCE_MS = 1_000;

export type InterruptionEdge =
  | { is: 'suspected'; atMs: number }
  /** `atMs`: the first sample of the speech. */
  | { is: 'confirmed'; atMs: number }
  | { is: 'dismissed'; atMs: number };

export interface InterruptionRule {
  add(isVoice: boolean, endsAtMs: number): InterruptionEdge | undefined;
}

export function createInterruptionRule(): InterruptionRule {
  const window = createVoiceWindow(SUSPECTED_WINDOW_MS);
  let suspected: { beganAtMs: number; voiceMs: number; silentMs: number } | undefined;
  let isConfirmed = false;

  function suspect(endsAtMs: number): InterruptionEdge | undefined {
    if (window.voiceMs < SUSPECTED_VOICE_MS) return undefined;
    suspected = { beganAtMs: window.voiceBeganAtMs ?? endsAtMs, voiceMs: window.voiceMs, silentMs: 0 };
    return { is: 'suspected', atMs: endsAtMs };
  }

  return {
    add(isVoice, endsAtMs) {
      if (isConfirmed) return undefined;
      window.add(isVoice, endsAtMs);
      if (!suspected) return suspect(endsAtMs);
      suspected.silentMs = isVoice ? 0 : suspected.silentMs + FRAME_MS;
      if (isVoice) suspected.voiceMs += FRAME_MS;
      if (suspected.voiceMs >= CONFIRMED_VOICE_MS) {
        isConfirmed = true;
        return { is: 'confirmed', atMs: suspected.beganAtMs };
      }
      if (suspected.silentMs < DISMISSED_SILENCE_MS) return undefined;
      suspected = undefined;
      window.clear();
      return { is: 'dismissed', atMs: endsAtMs };
    },
  };
}
