import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { findDevice, type SoundDevice } from '../../actors/sound/device-search.ts';
import { audioDevices } from '../../src/cli/terminal/audio-devices.ts';
import { addCardOptions, type CardOptions, cardArguments } from '../../src/cli/terminal/card-options.ts';
import { addSessionOptions, type SessionOptions } from '../../src/cli/terminal/options.ts';

const parse = (args: string[]) => addSessionOptions(new Command(), 'warn').parse(args, { from: 'user' }).opts();
const devicesOf = (...args: string[]) => {
  const { microphone, speaker } = audioDevices(parse(args) as SessionOptions);
  return [microphone.name, speaker.name];
};

test('--device is for both directions; --input-device and --output-device each replace it for one', () => {
  assert.deepEqual(devicesOf(), [undefined, undefined]);
  assert.deepEqual(devicesOf('--device', 'usb'), ['usb', 'usb']);
  assert.deepEqual(devicesOf('--device', 'usb', '--output-device', 'hdmi'), ['usb', 'hdmi']);
  assert.deepEqual(devicesOf('--input-device', 'seeed', '--output-device', 'hdmi'), ['seeed', 'hdmi']);
  assert.deepEqual(devicesOf('--input-device', 'seeed'), ['seeed', undefined]);
});

test('an address with a name of its own is used as it is', () => {
  assert.deepEqual(devicesOf('--input', 'card:array', '--input-device', 'seeed'), ['array', undefined]);
});

test('each is also a variable of the environment', () => {
  process.env.EARSHOT_INPUT_DEVICE = 'seeed';
  process.env.EARSHOT_OUTPUT_DEVICE = 'hdmi';
  try {
    assert.deepEqual(devicesOf('--device', 'usb'), ['seeed', 'hdmi']);
  } finally {
    delete process.env.EARSHOT_INPUT_DEVICE;
    delete process.env.EARSHOT_OUTPUT_DEVICE;
  }
});

test('the arguments of a child process name the same cards', () => {
  const cards: CardOptions = { device: 'usb', outputDevice: 'hdmi' };
  const read = addCardOptions(new Command()).parse(cardArguments(cards), { from: 'user' }).opts();
  assert.deepEqual(read, cards);
});

const device = (id: number, name: string, inputChannels: number, outputChannels: number): SoundDevice => ({
  ...{ id, name, inputChannels, outputChannels, defaultSampleRateHz: 48_000, hostApi: 'ALSA' },
});
const HDMI = device(0, 'vc4-hdmi: MAI PCM i2s-hifi-0 (hw:0,0)', 0, 2);
const USB = device(1, 'USB PnP Sound Device: Audio (hw:1,0)', 1, 2);

for (const name of [
  'seeed-2mic-voicecard: bcm2835-i2s-wm8960-hifi (hw:2,0)',
  'wm8960-soundcard: bcm2835-i2s-wm8960-hifi wm8960-hifi-0 (hw:2,0)',
  'ReSpeaker 4 Mic Array (UAC1.0): USB Audio (hw:2,0)',
]) {
  test(`a ReSpeaker is taken before the default card: ${name}`, () => {
    const array = device(2, name, 2, 2);
    const list = {
      devices: [HDMI, USB, array],
      defaultDevice: (direction: string) => (direction === 'input' ? USB : HDMI),
    };
    for (const direction of ['input', 'output'] as const) {
      assert.equal(findDevice(list, direction), array);
      assert.equal(findDevice(list, direction, 'usb'), USB);
    }
  });
}
