/**
 * A ReSpeaker HAT is known to a Raspberry Pi by a device-tree overlay in config.txt and by a driver that is built for one kernel.
 */
import { type Check, fail, ok, skip, warn } from './check.ts';
import { cards, isRespeaker } from './sound-files.ts';
import type { System } from './system.ts';

/** Its path since Raspberry Pi OS 12, and before. */
const CONFIGS = ['/boot/firmware/config.txt', '/boot/config.txt'];
/** Of Seeed's HATs; `wm8960-soundcard` is the 2-Mic HAT with the kernel's own driver, and Waveshare's. */
const OVERLAY = /^(seeed-\w+-voicecard|respeaker[\w-]*|wm8960-soundcard)\b/;
const MODULES = /^snd_soc_(seeed_voicecard|wm8960|ac108|ac101)\b/m;
const BUILD = 'https://github.com/HinTak/seeed-voicecard has a branch for each kernel: install it again and reboot.';

export const overlay: Check = {
  name: 'ReSpeaker',
  run(system) {
    const card = cards(system).find(isRespeaker);
    if (card) return [ok(`${card.id} is present: ${card.name}`)];
    const model = system.read('/proc/device-tree/model')?.replace(/\0/g, '');
    if (!model?.includes('Raspberry Pi')) return [skip('no ReSpeaker, and no Raspberry Pi for a HAT')];
    const config = CONFIGS.find((path) => system.read(path) !== undefined);
    if (!config) return [warn('there is no readable config.txt', `Searched: ${CONFIGS.join(', ')}.`)];
    const overlays = lines(system, config);
    const enabled = overlays.find(({ isActive }) => isActive);
    if (!enabled) {
      const disabled = overlays[0];
      if (disabled) return [warn(`${config} has ${disabled.text} commented out`, 'Remove the # and reboot.')];
      const hint = `For a 2-Mic HAT write dtoverlay=seeed-2mic-voicecard and dtparam=i2s=on into ${config}, and reboot.`;
      return [warn(`${config} has no ReSpeaker overlay, and there is no USB ReSpeaker`, hint)];
    }
    const kernel = system.read('/proc/sys/kernel/osrelease')?.trim() ?? 'this kernel';
    if (!MODULES.test(system.read('/proc/modules') ?? '')) {
      return [
        fail(
          `${config} has ${enabled.text}, but no driver is loaded in ${kernel}`,
          `A kernel update removes it: ${BUILD}`,
        ),
      ];
    }
    const hint = 'Reboot; then check dmesg for i2c errors, and press the HAT down on its pins.';
    return [fail(`${config} has ${enabled.text} and the driver is loaded, but there is no card`, hint)];
  },
};

function lines(system: System, config: string): { text: string; isActive: boolean }[] {
  const all = (system.read(config) ?? '').split('\n').map((line) => line.trim());
  return all.flatMap((line) => {
    const [, hash = '', text = '', name = ''] = /^(#*)\s*(dtoverlay=([\w-]+).*)$/.exec(line) ?? [];
    return OVERLAY.test(name) ? [{ text, isActive: hash === '' }] : [];
  });
}
