/**
 * The message for a microphone that is silent or clipped.
 */

import type { AudioAddress } from '../../../actors/sound/backend.ts';
import { audioBackends } from '../../../actors/sound/backends/open.ts';
import type { CaptureContract } from '../../core/contracts/index.ts';
import type { ErrorInfo } from '../../core/errors.ts';
import { descriptorNamed } from '../../core/files/descriptors.ts';
import { MIXER } from '../../tools/analysis/findings.ts';

export type Hint = Pick<ErrorInfo, 'message' | 'hint'>;

export function captureHint(
  warning: Extract<CaptureContract['sends'], { type: 'capture.clipping' | 'capture.silence' }>,
  microphone: AudioAddress,
): Hint {
  const isSilent = warning.type === 'capture.silence';
  if (!audioBackends.isHardware(microphone)) {
    const path = audioBackends.fileOf(microphone);
    const isFile = path !== undefined && descriptorNamed(path, 'input') === undefined;
    const message = isSilent ? 'There is no sound in the recording' : 'The recording is too loud: it is clipped';
    return { message, hint: isFile ? `See earshot analyze ${path}.` : '' };
  }
  return isSilent
    ? {
        message: 'The microphone is muted: it delivers only zeros',
        hint: `Check ${MIXER} and the cable.`,
      }
    : { message: 'The microphone is too loud: the recording is clipped', hint: `Lower its gain in ${MIXER}.` };
}
