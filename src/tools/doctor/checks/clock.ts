import { isPlausible } from '../../../core/time/dating.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** systemd-timesyncd creates this file at the first synchronisation. */
const TIMESYNC = '/run/systemd/timesync/synchronized';
const SYNCHRONIZE = 'sudo timedatectl set-ntp true';

export const clock: Check = {
  name: 'clock',
  async run(system) {
    const time = new Date(system.now());
    const shown = `${time.toISOString().slice(0, 19)}Z`;
    if (!isPlausible(system.now())) {
      return [fail(`it is not ${shown}`, `Certificates will be rejected. ${SYNCHRONIZE}; wait a minute.`)];
    }
    if (system.read(TIMESYNC) !== undefined) return [ok(`${shown}, set by the network`)];
    const answer = await system.run('timedatectl', 'show', '--property=NTPSynchronized', '--value');
    if (answer?.trim() === 'yes') return [ok(`${shown}, set by the network`)];
    if (answer === undefined) return [ok(`${shown}; whether the network sets it is unknown`)];
    return [warn(`${shown}, not set by the network`, `Turns would be stored with a wrong time. ${SYNCHRONIZE}`)];
  },
};
