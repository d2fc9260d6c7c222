/** The service of the device, by systemd. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { EarshotError } from '../core/errors.ts';
import { withDiskErrors } from '../core/files/disk-errors.ts';

export interface Service {
  /**
   * Starts it again with the unit in this file. Resolves when it is ready (sd_notify).
   * @throws EarshotError `update_failed`, with what systemd says
   */
  restart(unit: string): Promise<void>;
}

const UNIT = 'earshot.service';
const UNIT_FILE = `/etc/systemd/system/${UNIT}`;
/** How long it has to get ready. */
const READY_MS = 60_000;

/** @param unitFile where systemd reads the unit */
export function systemdService(unitFile = UNIT_FILE, readyMs = READY_MS): Service {
  return {
    async restart(unit) {
      if (!existsSync(unitFile) || !readFileSync(unit).equals(readFileSync(unitFile))) {
        withDiskErrors(unitFile, () => writeFileSync(unitFile, readFileSync(unit)));
        await systemctl(['daemon-reload'], readyMs);
      }
      // Type=notify: it returns when the daemon has said READY=1, or has failed.
      await systemctl(['restart', UNIT], readyMs);
    },
  };
}

/**
 * Stops it if it runs.
 * @returns starts it again, if it ran
 * @throws EarshotError `service_failed`, with what systemd says
 */
export async function pauseService(): Promise<() => Promise<void>> {
  const ran = await systemctl(['is-active', '--quiet', UNIT], READY_MS).then(
    () => true,
    () => false,
  );
  if (!ran) return async () => {};
  await systemctl(['stop', UNIT], READY_MS, 'service_failed', 'stop');
  return () => systemctl(['start', UNIT], READY_MS, 'service_failed');
}

function systemctl(
  args: string[],
  timeoutMs: number,
  code: 'update_failed' | 'service_failed' = 'update_failed',
  verb = 'start',
): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('systemctl', args, { timeout: timeoutMs }, (error, _stdout, stderr) => {
      if (!error) return resolve();
      const reason = error.killed
        ? `it was not ready within ${timeoutMs / 1_000} s`
        : (stderr.trim().split('\n')[0] ?? '') || error.message;
      const hint = 'See: journalctl -u earshot -n 20.';
      reject(new EarshotError(code, `The service does not ${verb}: ${reason}`, hint, { cause: error }));
    });
  });
}
