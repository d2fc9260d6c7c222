/** Releases for devices at the npm registry: one package for each architecture, which contains all that it needs. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import * as v from 'valibot';
import { EarshotError, messageOf } from '../core/errors.ts';
import { discardDownload, download } from '../core/files/download.ts';
import { type NpmRegistry, registryOf } from '../models/npm-registry.ts';
import { checkVersion } from './installation.ts';

/** The bundle has 3 MB. */
const MAX_TARBALL_BYTES = 64 << 20;
/** Of what the registry tells of all versions: 1 KB each. */
const MAX_METADATA_BYTES = 8 << 20;
const METADATA_TIMEOUT_MS = 30_000;
/** A connection that breaks is made again. */
const MAX_CONNECTIONS = 5;

export interface DeviceRelease {
  version: string;
  url: string;
  /** `sha512-BASE64`, as npm writes it. */
  integrity: string;
  headers: Record<string, string>;
}

const Sha512 = v.pipe(v.string(), v.regex(/^sha512-[A-Za-z0-9+/]{86}==$/));
const Metadata = v.object({
  'dist-tags': v.record(v.string(), v.string()),
  versions: v.record(v.string(), v.object({ dist: v.object({ tarball: v.string(), integrity: Sha512 }) })),
});

/** `earshot-device-linux-arm64` */
export function devicePackage(platform: string = process.platform, arch: string = process.arch): string {
  return `earshot-device-${platform}-${arch}`;
}

/**
 * @param wanted a version; undefined: the newest
 * @throws EarshotError `download_failed`, `release_unknown`
 */
export async function findRelease(
  name: string,
  wanted: string | undefined,
  registry: NpmRegistry = registryOf(name),
): Promise<DeviceRelease> {
  const { headers } = registry;
  const url = `${registry.base}${name}`;
  const { 'dist-tags': tags, versions } = await readMetadata(url, headers);
  const version = checkVersion(wanted ?? tags.latest ?? '');
  const dist = Object.hasOwn(versions, version) ? versions[version]?.dist : undefined;
  if (!dist) {
    const newest = Object.keys(versions).slice(-5).join(', ');
    throw new EarshotError('release_unknown', `${name} has no version ${version}`, `There are: ${newest}.`);
  }
  // The key of a registry goes nowhere else.
  const isOwn = new URL(dist.tarball).origin === new URL(registry.base).origin;
  return { version, url: dist.tarball, integrity: dist.integrity, headers: isOwn ? headers : {} };
}

async function readMetadata(url: string, headers: Record<string, string>): Promise<v.InferOutput<typeof Metadata>> {
  const failed = (reason: string, cause?: unknown) =>
    new EarshotError(
      'download_failed',
      `${url} cannot be read: ${reason}`,
      'Check the network and npm config get registry; or give a tarball with --from.',
      { cause },
    );
  let text: string;
  try {
    const response = await fetch(url, {
      headers: { ...headers, accept: 'application/vnd.npm.install-v1+json' },
      signal: AbortSignal.timeout(METADATA_TIMEOUT_MS),
    });
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
    text = await readAtMost(response.body, MAX_METADATA_BYTES);
  } catch (cause) {
    throw failed(messageOf(cause instanceof Error && cause.cause ? cause.cause : cause), cause);
  }
  try {
    return v.parse(Metadata, JSON.parse(text));
  } catch (cause) {
    throw failed('it is not what an npm registry answers', cause);
  }
}

async function readAtMost(body: AsyncIterable<Uint8Array>, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > limit) throw new Error(`it is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** @throws EarshotError `download_failed`, `archive_unverified`, `store_failed`, `store_full` */
export async function fetchRelease(
  { url, integrity, headers }: DeviceRelease,
  path: string,
  onProgress: (bytes: number, total: number | undefined) => void,
): Promise<void> {
  for (let connection = 1; ; connection++) {
    try {
      await download({ url, path, headers, maxBytes: MAX_TARBALL_BYTES, onProgress, elsewhere: 'give it with --from' });
      break;
    } catch (error) {
      const isNetwork = error instanceof EarshotError && error.code === 'download_failed';
      if (!isNetwork || connection === MAX_CONNECTIONS) throw error;
    }
  }
  try {
    await verify(path, integrity);
  } catch (error) {
    discardDownload(path);
    throw error;
  }
}

/** @throws EarshotError `archive_unverified` */
export async function verify(path: string, integrity: string): Promise<void> {
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  if (`sha512-${hash.digest('base64')}` === integrity) return;
  throw new EarshotError(
    'archive_unverified',
    `${path} is not what was released: its SHA-512 is another one`,
    'Nothing was changed. Fetch it again.',
  );
}
