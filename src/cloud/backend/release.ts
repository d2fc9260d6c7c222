/**
 * The release of Convex's open-source backend that `earshot cloud install` fetches: version, address, and what is known of its files.
 *
 * The version is one that the CLI of the `convex` package of this project names itself (convex 1.48,
 * src/cli/lib/localDeployment/run.ts); addresses and names of the files are those from which that CLI downloads
 * (src/cli/lib/localDeployment/download.ts).
 */
import { EarshotError } from '../../core/errors.ts';

export const BACKEND_VERSION = 'precompiled-2026-09-15-4e9b83a';
const DOWNLOADS = 'https://github.com/convex/convex-backend/releases/download';
/** The name of the program in its archive. */
export const PROGRAM_NAME = 'convex-local-backend';

interface Target {
  archive: string;
  /**
   * SHA-256 of the archive of {@link BACKEND_VERSION}, as hexadecimal digits. Undefined: nobody has recorded it here yet; the user gives it,
   * or accepts the one of the first download.
   */
  sha256?: string;
}

/** By `process.platform` and `process.arch`. */
const TARGETS: Record<string, Target> = {
  'linux x64': { archive: 'convex-local-backend-x86_64-unknown-linux-gnu.zip' },
  'linux arm64': { archive: 'convex-local-backend-aarch64-unknown-linux-gnu.zip' },
  'darwin x64': { archive: 'convex-local-backend-x86_64-apple-darwin.zip' },
  'darwin arm64': { archive: 'convex-local-backend-aarch64-apple-darwin.zip' },
};

export interface Release {
  version: string;
  archive: string;
  url: string;
  sha256: string | undefined;
}

/**
 * @param version another release of the backend: its tag
 * @throws EarshotError `usage` where there is no release for this machine, or for a version that is no tag of a release
 */
export function releaseFor(
  platform: string = process.platform,
  arch: string = process.arch,
  version: string = BACKEND_VERSION,
): Release {
  const target = TARGETS[`${platform} ${arch}`];
  if (!target) {
    throw new EarshotError(
      'usage',
      `There is no release of the Convex backend for ${platform} on ${arch}`,
      `It exists for ${Object.keys(TARGETS).join(', ')}. Run it on another machine, or in Docker (docs/self-hosted.md).`,
    );
  }
  // The tags of the releases; also keeps other characters out of paths and addresses.
  if (!/^precompiled-\d{4}-\d{2}-\d{2}-[0-9a-f]{7,40}$/.test(version)) {
    throw new EarshotError(
      'usage',
      `${version} is no release of the Convex backend`,
      `Write it like ${BACKEND_VERSION}.`,
    );
  }
  const { archive } = target;
  const sha256 = version === BACKEND_VERSION ? target.sha256 : undefined;
  return { version, archive, url: `${DOWNLOADS}/${version}/${archive}`, sha256 };
}
