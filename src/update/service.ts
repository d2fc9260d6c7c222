/** The services of the device, by systemd. */
import { execFile } from 'node:child_process';
import { EarshotError } from '../core/errors.ts';
import { DAEMON_UNIT, hasSetup, RESET_UNIT, replaceSystemFiles, SETUP_UNIT } from './system-files.ts';

export interface Service {
  /** @throws EarshotError `update_unavailable` during set-up: the daemon waits for its end, so no version of it can get ready */
  checkReplaceable(): Promise<void>;
  /**
   * Brings the system's files of the version in this folder.
   *
   * @returns whether anything has changed
   * @throws EarshotError `update_failed`, `store_failed`, `store_full`
   */
  bringFiles(versionFolder: string): Promise<boolean>;
  /**
   * Starts the daemon again. Resolves when it is ready (sd_notify).
   *
   * @throws EarshotError `update_failed`, with what systemd says
   */
  restart(): Promise<void>;
}

/** How long it has to get ready. */
const READY_MS = 60_000;

/** @param root where the system's files are */
export function systemdService(root = '/', readyMs = READY_MS): Service {
  return {
    async checkReplaceable() {
      if ((await activeState(SETUP_UNIT)) !== 'activating') return;
      throw new EarshotError(
        'update_unavailable',
        'The set-up of this device is not finished: its daemon does not run yet',
        'Finish it first; its step is told by: systemctl status earshot-setup.',
      );
    },
    async bringFiles(versionFolder) {
      const { haveChanged, isResetNew } = replaceSystemFiles(versionFolder, root);
      if (haveChanged) await systemctl(['daemon-reload'], readyMs);
      if (isResetNew) await systemctl(['enable', '--quiet', RESET_UNIT], readyMs);
      return haveChanged;
    },
    // Type=notify: it returns when the daemon has said READY=1, or has failed.
    async restart() {
      await systemctl(['restart', DAEMON_UNIT], readyMs);
    },
  };
}

/**
 * Stops daemon and set-up if they run.
 *
 * @param root where the system's files are
 * @returns starts them again, if they ran. A device with set-up begins with it
 * @throws EarshotError `service_failed`, with what systemd says
 */
export async function pauseService(root = '/'): Promise<() => Promise<void>> {
  const isRunning =
    ['active', 'activating'].includes(await activeState(DAEMON_UNIT)) ||
    (await activeState(SETUP_UNIT)) === 'activating';
  if (!isRunning) return async () => {};
  // Set-up that is done counts as active: it would not be started again.
  const units = hasSetup(root) ? [SETUP_UNIT, DAEMON_UNIT] : [DAEMON_UNIT];
  await systemctl(['stop', ...units], READY_MS, 'service_failed', 'stop');
  // The daemon of a device that is not paired starts when a person has finished the set-up.
  const start = hasSetup(root) ? ['start', '--no-block'] : ['start'];
  return async () => void (await systemctl([...start, ...units], READY_MS, 'service_failed'));
}

/** As systemd tells it: `active`, `activating`, `inactive`, `failed`, …; a unit that is not there is `inactive`. */
async function activeState(unit: string): Promise<string> {
  return (await systemctl(['show', '--property=ActiveState', '--value', unit], READY_MS, 'service_failed')).trim();
}

/** @returns its standard output */
function systemctl(
  args: string[],
  timeoutMs: number,
  code: 'update_failed' | 'service_failed' = 'update_failed',
  verb = 'start',
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('systemctl', args, { timeout: timeoutMs }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const reason = error.killed
        ? `it was not ready within ${timeoutMs / 1_000} s`
        : (stderr.trim().split('\n')[0] ?? '') || error.message;
      const hint = 'See: journalctl -u earshot -n 20.';
      reject(new EarshotError(code, `The service does not ${verb}: ${reason}`, hint, { cause: error }));
    });
  });
}
