/** The microphone and speaker that the options name, checked before anything is opened. */
import type { AudioAddress } from '../../../actors/sound/backend.ts';
import { audioBackends, parseMicrophone, parseSpeaker } from '../../../actors/sound/backends/open.ts';
import { BUNDLED_REPLY } from '../../core/files/bundled.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import { microphoneCard, speakerCard } from './card-options.ts';
import type { SessionOptions } from './options.ts';

export interface AudioDevices {
  microphone: AudioAddress;
  speaker: AudioAddress;
}

/** @throws EarshotError `usage`, `file_not_found` for files that cannot be meant (check-files.ts). */
export function audioDevices(options: SessionOptions): AudioDevices {
  const microphone = parseMicrophone(options.input, microphoneCard(options));
  const speaker = parseSpeaker(options.output, speakerCard(options));
  checkFiles({
    inputs: [audioBackends.fileOf(microphone), BUNDLED_REPLY],
    outputs: [audioBackends.fileOf(speaker)],
    printsJson: options.json === true,
  });
  return { microphone, speaker };
}
