/**
 * Downloads a file that may be large over a network that may break: it goes on where it stopped, also in another process, and has its name
 * only when it is complete.
 */
import { createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connectReason, isCertificateError } from '../connect-reasons.ts';
import { EarshotError, messageOf, systemCode } from '../errors.ts';
import { diskError } from './disk-errors.ts';
import { PRIVATE_FILE } from './private-files.ts';

const CERTIFICATE_HINT =
  'Check the clock of this machine; where a proxy or the registry has a certificate of its own, set NODE_EXTRA_CA_CERTS=FILE.pem.';
/** Without a byte for so long, the connection is given up. */
const SILENCE_MS = 30_000;

export interface DownloadOptions {
  url: string;
  /** Where it goes. While it is not complete: `PATH.part`. */
  path: string;
  /** `total` is undefined where the server does not say it. */
  onProgress(bytes: number, total: number | undefined): void;
  silenceMs?: number;
  /** A longer file is not the right one, and must not fill the disk. */
  maxBytes?: number;
  /** Of the request, e.g. the key of a private registry. */
  headers?: Record<string, string>;
  /** Ends the download; what has arrived stays. */
  signal?: AbortSignal;
  /** What a person can do who has no network. */
  elsewhere?: string;
}

/**
 * @throws EarshotError `download_failed`; what has arrived stays. `store_failed`, `store_full`
 * @throws the signal's reason
 */
export async function download(options: DownloadOptions): Promise<void> {
  const {
    url,
    path,
    silenceMs = SILENCE_MS,
    signal,
    elsewhere = 'download it elsewhere, and give it with --file',
  } = options;
  if (existsSync(path)) return;
  const part = `${path}.part`;
  const watch = watchSilence(silenceMs);
  try {
    const end = signal ? AbortSignal.any([signal, watch.signal]) : watch.signal;
    await receive(options, part, watch.seen, end);
  } catch (cause) {
    signal?.throwIfAborted();
    if (!(cause instanceof Failure) && !watch.signal.aborted) throw cause;
    const reason = watch.signal.aborted ? `nothing came for ${silenceMs / 1_000} s` : messageOf(cause);
    const isOfCertificate = cause instanceof Failure && isCertificateError(systemCode(cause.cause));
    const hint = isOfCertificate
      ? CERTIFICATE_HINT
      : `Try again: it goes on where it stopped. Without a network: ${elsewhere}.`;
    throw new EarshotError('download_failed', `${url} cannot be downloaded: ${reason}`, hint, { cause });
  } finally {
    watch.end();
  }
  renameSync(part, path);
}

/** Of the network or the server, not of the disk. */
class Failure extends Error {}

async function receive(
  { url, headers = {}, maxBytes = Number.POSITIVE_INFINITY, onProgress }: DownloadOptions,
  part: string,
  seen: () => void,
  signal: AbortSignal,
): Promise<void> {
  const have = statSync(part, { throwIfNoEntry: false })?.size ?? 0;
  const response = await request(url, { ...headers, ...(have > 0 && { range: `bytes=${have}-` }) }, signal);
  // 416: there is nothing after what is there; whether it is all is checked by its SHA-256.
  if (response.status === 416 && have > 0) return;
  const isRest = response.status === 206 && startOf(response) === have;
  if (!response.ok || !response.body || (response.status === 206 && !isRest)) {
    await response.body?.cancel();
    throw new Failure(`HTTP ${response.status}`);
  }
  const from = isRest ? have : 0;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = Number.isFinite(length) ? from + length : undefined;
  let bytes = from;
  async function* counted(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      seen();
      bytes += chunk.length;
      if (bytes > maxBytes) throw new Failure(`it is longer than ${maxBytes} bytes`);
      onProgress(bytes, total);
      yield chunk;
    }
  }
  try {
    const body = Readable.fromWeb(response.body as never);
    await pipeline(body, counted, createWriteStream(part, { flags: isRest ? 'a' : 'w', ...PRIVATE_FILE }));
  } catch (error) {
    if (isOfDisk(error)) throw diskError(part, error);
    throw error instanceof Failure ? error : new Failure('the connection broke', { cause: error });
  }
  if (total !== undefined && bytes < total) throw new Failure('the connection broke');
}

/** Deletes what is there, so that the next download begins anew. */
export function discardDownload(path: string): void {
  for (const name of [path, `${path}.part`]) rmSync(name, { force: true });
}

async function request(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  try {
    // Bytes of a compressed body could not be counted.
    return await fetch(url, { signal, headers: { ...headers, 'accept-encoding': 'identity' } });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    throw failureOf(systemCode(cause) ?? messageOf(error), cause);
  }
}

function failureOf(code: string, cause: unknown): Failure {
  const reason = isCertificateError(code) ? `its certificate is not accepted (${code})` : (connectReason(code) ?? code);
  return new Failure(reason, { cause });
}

/** The first byte of an answer with status 206 (RFC 9110, 14.4). */
function startOf(response: Response): number {
  const [, start] = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '') ?? [];
  return start === undefined ? Number.NaN : Number(start);
}

/** Only the file is opened and written to; from the network it only reads. */
function isOfDisk(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && (error.syscall === 'open' || error.syscall === 'write');
}

function watchSilence(ms: number) {
  const controller = new AbortController();
  let timer: NodeJS.Timeout;
  const seen = () => {
    clearTimeout(timer);
    timer = setTimeout(() => controller.abort(), ms);
  };
  seen();
  return { signal: controller.signal, seen, end: () => clearTimeout(timer) };
}
