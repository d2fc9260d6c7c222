/**
 * Exports everything that is stored of a device into one file, and tells how far it is.
 */

import { useConvex } from 'convex/react';
import { useEffect, useRef, useState } from 'preact/hooks';
import { bytesText, countText } from '../../design/formats.ts';
import { Icon } from '../../design/icon.tsx';
import * as icons from '../../design/icons.ts';
import { showToast } from '../../design/toasts.tsx';
import { api } from '../shell/api.ts';
import { failureOf } from '../shell/failure.ts';
import { fileAddressOf } from '../shell/file-address.ts';
import { gatewayNow } from '../shell/now.ts';
import { type ExportProgress, exportDevice } from './export-device.ts';
import { openExportTarget } from './export-target.ts';

const ROWS_AT_ONCE = 100;

export function ExportButton({ device }: { device: string }) {
  const convex = useConvex();
  const [progress, setProgress] = useState<ExportProgress>();
  const running = useRef<AbortController>(null);
  useEffect(() => () => running.current?.abort(), []);

  async function start(): Promise<void> {
    const target = await openExportTarget(`${device} ${new Date(gatewayNow()).toISOString().slice(0, 10)}.tar`);
    if (!target) return;
    const stop = new AbortController();
    running.current = stop;
    setProgress({ rows: 0, recordings: 0, missing: 0, bytes: 0 });
    try {
      const { rows, recordings, bytes } = await exportDevice({
        device,
        page: (cursor) =>
          convex.query(api.devices.export, { device, paginationOpts: { cursor, numItems: ROWS_AT_ONCE } }),
        file: (url) => fetchFile(fileAddressOf(url), stop.signal),
        write: (bytes) => target.write(bytes),
        onProgress: setProgress,
        now: gatewayNow,
        signal: stop.signal,
      });
      await target.finish();
      showToast(
        `${device} is exported: ${countText(rows, 'row')}, ${countText(recordings, 'recording')}, ${bytesText(bytes)}.`,
      );
    } catch (error) {
      // The failure before it is the one that is told.
      await target.discard().catch(() => {});
      if (!stop.signal.aborted) showToast(`The export of ${device} has failed. ${reasonOf(error)}`, { tone: 'danger' });
    } finally {
      setProgress(undefined);
    }
  }

  if (progress) {
    return (
      <div class="export-progress" role="status">
        <progress aria-label={`Export of ${device}`} />
        <span class="quiet number">
          {countText(progress.rows, 'row')}, {bytesText(progress.bytes)}
        </span>
        <button type="button" onClick={() => running.current?.abort()}>
          Cancel
        </button>
      </div>
    );
  }
  return (
    <button type="button" class="bare" aria-label={`Export ${device}`} onClick={start}>
      <Icon path={icons.downloadIcon} /> Export
    </button>
  );
}

/** Undefined: it was deleted meanwhile. */
async function fetchFile(address: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  const answer = await fetch(address, { signal });
  if (answer.status === 404) return undefined;
  if (!answer.ok) throw new Error(`A recording could not be fetched (HTTP ${answer.status}).`);
  return new Uint8Array(await answer.arrayBuffer());
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException) return 'The file could not be written: is the disk full?';
  if (error instanceof TypeError) return 'The connection was lost. Try again.';
  const { code, message, hint = '' } = failureOf(error);
  return code === 'unexpected' && error instanceof Error ? error.message : `${message} ${hint}`.trim();
}
