/** Where a line's sound comes from and goes to, as its options say, checked before anything is opened. */
import type { MicrophoneDescription, SpeakerDescription } from '../../../actors/sound/open.ts';
import { parseMicrophone, parseSpeaker } from '../../../actors/sound/open.ts';
import { BUNDLED_REPLY } from '../../core/files/bundled.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import type { SessionOptions } from './options.ts';

export interface AudioDevices {
  microphone: MicrophoneDescription;
  speaker: SpeakerDescription;
}

/** @throws EarshotError `usage` where the reply would be written over what is read, or sound goes to a terminal. */
export function audioDevices({ input, output, device, json }: SessionOptions): AudioDevices {
  const microphone = parseMicrophone(input, device);
  const speaker = parseSpeaker(output, device);
  const pathOf = (of: MicrophoneDescription | SpeakerDescription) => (of.kind === 'wav' ? of.path : undefined);
  checkFiles({
    inputs: [pathOf(microphone), BUNDLED_REPLY],
    outputs: [pathOf(speaker)],
    printsJson: json === true,
  });
  return { microphone, speaker };
}
