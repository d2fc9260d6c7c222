/** The microphone and speaker that the options name, checked before anything is opened. */
import type { AudioAddress } from '../../../actors/sound/backend.ts';
import { audioBackends, parseMicrophone, parseSpeaker } from '../../../actors/sound/backends/open.ts';
import { BUNDLED_REPLY } from '../../core/files/bundled.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import type { SessionOptions } from './options.ts';

export interface AudioDevices {
  microphone: AudioAddress;
  speaker: AudioAddress;
}

/** @throws EarshotError `usage` where the reply would overwrite an input file, or audio would go to a terminal. */
export function audioDevices({ input, output, device, json }: SessionOptions): AudioDevices {
  const microphone = parseMicrophone(input, device);
  const speaker = parseSpeaker(output, device);
  checkFiles({
    inputs: [audioBackends.fileOf(microphone), BUNDLED_REPLY],
    outputs: [audioBackends.fileOf(speaker)],
    printsJson: json === true,
  });
  return { microphone, speaker };
}
