/**
 * The sound cards of the kernel, the permission to use them, and the processes that use them.
 */
import { type Check, type CheckFinding, fail, ok, warn } from './check.ts';
import { cards, holders } from './sound-files.ts';

/** Sound servers keep cards open. How to make each release a card. */
const SERVERS: Record<string, string> = {
  pulseaudio: 'systemctl --user disable --now pulseaudio.socket pulseaudio.service',
  pipewire: 'systemctl --user disable --now pipewire.socket pipewire.service wireplumber.service',
  wireplumber: 'systemctl --user disable --now wireplumber.service',
};
/** For a chip with one rate, ALSA or Earshot resamples: this costs CPU only. */
const WANTED_RATE = '16000';

export const soundCards: Check = {
  name: 'sound cards',
  run(system) {
    const found = cards(system);
    if (found.length === 0) {
      const hint = 'Connect one, or install its driver; without one Earshot works with files (--input, --output).';
      return [warn('the kernel has no sound card', hint)];
    }
    const findings: CheckFinding[] = found.map((card) => {
      const records = card.pcms.some((pcm) => pcm.endsWith('c'));
      const plays = card.pcms.some((pcm) => pcm.endsWith('p'));
      const ways =
        [records && 'records', plays && 'plays'].filter(Boolean).join(' and ') || 'neither records nor plays';
      const rates = card.rates.length > 0 ? `; rates ${card.rates.join(' / ')}` : '';
      return ok(`card ${card.number} ${card.id}: ${card.name} (${ways}${rates})`);
    });
    const slow = found.find(({ rates }) => rates.length > 0 && !rates.some((list) => list.includes(WANTED_RATE)));
    if (slow)
      findings.push(ok(`${slow.id} does not support 16 kHz: Earshot converts, which takes about 0.5 % of a core`));
    const closed = devices(system).filter((path) => !system.can('read', path) || !system.can('write', path));
    if (closed.length > 0) {
      const hint = 'sudo usermod -aG audio USER, then log in again (systemd: Group=audio).';
      findings.push(fail(`this user has no permission for ${closed.join(', ')}`, hint));
    }
    if (!found.some(({ pcms }) => pcms.some((pcm) => pcm.endsWith('c')))) {
      findings.push(
        warn('no card records', 'The jack and HDMI of a Pi only play: connect a microphone or a ReSpeaker.'),
      );
    }
    for (const { pid, command, devices } of holders(system)) {
      const what = `${command} (process ${pid}) holds ${devices.join(', ')}`;
      if (command === 'node' || command === 'earshot') findings.push(ok(what));
      else {
        const stop = SERVERS[command];
        findings.push(warn(what, stop ? `Stop it: ${stop}` : 'Most cards can be opened only once: end that program.'));
      }
    }
    return findings;
  },
};

function devices({ list }: Parameters<Check['run']>[0]): string[] {
  return list('/dev/snd')
    .filter((name) => name.startsWith('pcm'))
    .map((name) => `/dev/snd/${name}`);
}
