/**
 * Downloads a file that may be large over a network that may break: it goes on where it stopped, also in another process, and has its name
 * only when it is complete.
 */
import { createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EarshotError, systemCode } from '../../core/errors.ts';
import { diskError, PRIVATE_FILE } from '../../core/files/private-files.ts';

/** Without a byte for so long, the connection is given up. */
const SILENCE_MS = 30_000;

export interface DownloadOptions {
  url: string;
  /** Where it goes. While it is not complete: `PATH.part`. */
  path: string;
  /** `total` is undefined where the server does not say it. */
  onProgress(bytes: number, total: number | undefined): void;
  silenceMs?: number;
}

/** @throws EarshotError `download_failed`; what has arrived stays. `store_failed`, `store_full` */
export async function download({ url, path, onProgress, silenceMs = SILENCE_MS }: DownloadOptions): Promise<void> {
  if (existsSync(path)) return;
  const part = `${path}.part`;
  const watch = watchSilence(silenceMs);
  try {
    await receive(url, part, onProgress, watch);
  } catch (error) {
    if (watch.signal.aborted) throw failed(url, `nothing came for ${silenceMs / 1_000} s`, error);
    throw error;
  } finally {
    watch.end();
  }
  renameSync(part, path);
}

async function receive(
  url: string,
  part: string,
  onProgress: DownloadOptions['onProgress'],
  watch: ReturnType<typeof watchSilence>,
): Promise<void> {
  const have = statSync(part, { throwIfNoEntry: false })?.size ?? 0;
  const response = await request(url, have, watch.signal);
  // 416: there is nothing after what is there; whether it is all is checked by its SHA-256.
  if (response.status === 416 && have > 0) return;
  const isRest = response.status === 206 && startOf(response) === have;
  if (!response.ok || !response.body || (response.status === 206 && !isRest)) {
    await response.body?.cancel();
    throw failed(url, `HTTP ${response.status}`);
  }
  const from = isRest ? have : 0;
  const length = Number(response.headers.get('content-length') ?? Number.NaN);
  const total = Number.isFinite(length) ? from + length : undefined;
  let bytes = from;
  async function* counted(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      watch.seen();
      bytes += chunk.length;
      onProgress(bytes, total);
      yield chunk;
    }
  }
  try {
    const body = Readable.fromWeb(response.body as never);
    await pipeline(body, counted, createWriteStream(part, { flags: isRest ? 'a' : 'w', ...PRIVATE_FILE }));
  } catch (error) {
    throw isOfDisk(error) ? diskError(part, error) : failed(url, 'the connection broke', error);
  }
  if (total !== undefined && bytes < total) throw failed(url, 'the connection broke');
}

/** Deletes what is there, so that the next download begins anew. */
export function discardDownload(path: string): void {
  for (const name of [path, `${path}.part`]) rmSync(name, { force: true });
}

async function request(url: string, have: number, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal, headers: have > 0 ? { range: `bytes=${have}-` } : {} });
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    throw failed(url, systemCode(cause) ?? (error instanceof Error ? error.message : String(error)), error);
  }
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

function failed(url: string, reason: string, cause?: unknown): EarshotError {
  return new EarshotError(
    'download_failed',
    `${url} cannot be downloaded: ${reason}`,
    'Try again: it goes on where it stopped. Without a network: download it elsewhere, and give it with --file.',
    { cause },
  );
}
