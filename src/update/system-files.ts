/** What a version puts outside of its own folder, where the system looks for it. deploy/install.sh installs the same files. */
import { existsSync, fchmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFileSync } from '../core/files/atomic-write.ts';
import { withDiskErrors } from '../core/files/disk-errors.ts';

interface SystemFile {
  /** In the folder of a version. */
  source: string;
  target: string;
}

const UNITS = 'etc/systemd/system';
export const DAEMON_UNIT = 'earshot.service';
export const RESET_UNIT = 'earshot-reset.service';
export const SETUP_UNIT = 'earshot-setup.service';

const SERVICE: readonly SystemFile[] = [
  { source: `deploy/${DAEMON_UNIT}`, target: `${UNITS}/${DAEMON_UNIT}` },
  { source: `deploy/${RESET_UNIT}`, target: `${UNITS}/${RESET_UNIT}` },
];
/** Of `install.sh --setup`: only where its unit is installed. */
const SETUP: readonly SystemFile[] = [
  { source: `deploy/setup/${SETUP_UNIT}`, target: `${UNITS}/${SETUP_UNIT}` },
  { source: 'deploy/setup/captive-portal.conf', target: 'etc/NetworkManager/dnsmasq-shared.d/earshot.conf' },
  { source: 'deploy/setup/earshot.rules', target: 'etc/polkit-1/rules.d/50-earshot.rules' },
];
/** Everybody reads them: polkit's rules are read by its own user. */
const MODE = 0o644;

export interface ReplacedFiles {
  /** Whether anything is other than before. */
  haveChanged: boolean;
  /** Whether the unit of the factory reset is new on this machine: it has to be enabled. */
  isResetNew: boolean;
}

export const hasSetup = (root: string): boolean => existsSync(join(root, UNITS, SETUP_UNIT));

/**
 * Makes the system's files those of a version, each in one step. What a version does not have stays: an older one that is back loses no set-up.
 *
 * @param root `/`
 * @throws EarshotError `store_failed`, `store_full`
 */
export function replaceSystemFiles(versionFolder: string, root: string): ReplacedFiles {
  const isResetNew =
    !existsSync(join(root, UNITS, RESET_UNIT)) && existsSync(join(versionFolder, `deploy/${RESET_UNIT}`));
  let haveChanged = false;
  for (const { source, target } of hasSetup(root) ? [...SERVICE, ...SETUP] : SERVICE) {
    if (replaceFile(join(versionFolder, source), join(root, target))) haveChanged = true;
  }
  return { haveChanged, isResetNew };
}

/** @returns whether it was another one */
function replaceFile(source: string, target: string): boolean {
  return withDiskErrors(target, () => {
    if (!existsSync(source)) return false;
    const content = readFileSync(source);
    if (existsSync(target) && content.equals(readFileSync(target))) return false;
    replaceFileSync(target, content, { durable: 'content', mode: MODE, onWritten: (fd) => fchmodSync(fd, MODE) });
    return true;
  });
}
