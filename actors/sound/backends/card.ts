/** Sound cards, through PortAudio. */
import { type AudioBackend, loadedWhenOpened } from '../backend.ts';

export const card: AudioBackend = {
  name: 'card',
  names: 'optional',
  microphone: {
    usage: 'card[:NAME], a sound card by a part of its name (the default)',
    open: (device, { captureBlockSamples }) =>
      loadedWhenOpened(async () => {
        const { cardMicrophone } = await import('../card-microphone.ts');
        return cardMicrophone({ ...(device && { device }), ...(captureBlockSamples && { captureBlockSamples }) });
      }),
  },
  speaker: {
    usage: 'card[:NAME], a sound card by a part of its name (the default)',
    open: (device) =>
      loadedWhenOpened(async () => {
        const { cardSpeaker } = await import('../card-speaker.ts');
        return cardSpeaker({ ...(device && { device }) });
      }),
  },
  describe: (name) => (name === undefined ? 'sound card' : `sound card "${name}"`),
  async listDevices() {
    const { findDevice, listDevices } = await import('../device-search.ts');
    const list = listDevices();
    return { devices: list.devices, find: (direction, name) => findDevice(list, direction, name) };
  },
  async allClosed() {
    return (await import('../card-stream.ts')).cardsClosed();
  },
};
