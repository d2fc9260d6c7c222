/** The limits on what one device may speak: who is to break the gateway by audio is behind all of them. */
import type { LimitName } from '../../src/core/limits/limits.ts';

export const AUDIO_LIMITS: readonly LimitName[] = [
  'packets',
  'turnMs',
  'turnBytes',
  'turnMemoryBytes',
  'recordingMemoryBytes',
  'turns',
  'audioAheadMs',
  'replyMs',
  'replyBytes',
];
