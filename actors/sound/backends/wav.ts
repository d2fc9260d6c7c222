/** WAV files, and WAV on the standard streams. */
import { inputName, outputName } from '../../../src/core/files/descriptors.ts';
import { type AudioBackend, loadedWhenOpened } from '../backend.ts';

export const wav: AudioBackend = {
  name: 'wav',
  names: 'required',
  microphone: {
    usage: 'FILE.wav, a recording in real time (- for standard input)',
    isRecording: true,
    open: (path = '-') => loadedWhenOpened(async () => (await import('../wav-microphone.ts')).wavMicrophone(path)),
  },
  speaker: {
    usage: 'FILE.wav, a file to write the reply to (- for standard output)',
    open: (path = '-') => loadedWhenOpened(async () => (await import('../wav-speaker.ts')).wavSpeaker(path)),
  },
  describe: (path = '-', direction) => (direction === 'input' ? inputName(path) : outputName(path)),
  fileOf: (path) => path,
};
