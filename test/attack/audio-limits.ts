/** The limits on the audio of one device: all attacks by audio are stopped by them. */
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
