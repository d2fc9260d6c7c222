/**
 * Where an export goes: to a file that the person chooses, piece by piece, where the browser can do that; else into the browser's own
 * store, as a download when it is complete.
 */
export interface ExportTarget {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** It is complete: keeps it. */
  finish(): Promise<void>;
  /** It was given up: nothing stays. */
  discard(): Promise<void>;
}

/** Chromium has it, on pages with https or of this machine. */
interface FilePicker {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

/** Pieces of this size become a Blob, which the browser may move to the disk. */
const PIECE_BYTES = 4_000_000;

/** Call it in a gesture of the person. Undefined: the person has chosen no file. */
export async function openExportTarget(name: string): Promise<ExportTarget | undefined> {
  const { showSaveFilePicker } = globalThis as FilePicker;
  if (!showSaveFilePicker) return downloadTarget(name);
  try {
    return await fileTarget(await showSaveFilePicker({ suggestedName: name }));
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    // A policy of the browser, or a folder that may not be written.
    return downloadTarget(name);
  }
}

async function fileTarget(handle: FileSystemFileHandle): Promise<ExportTarget> {
  const file = await handle.createWritable();
  return {
    write: (bytes) => file.write(bytes),
    finish: () => file.close(),
    discard: () => file.abort(),
  };
}

function downloadTarget(name: string): ExportTarget {
  const pieces: Blob[] = [];
  let recent: Uint8Array<ArrayBuffer>[] = [];
  let recentBytes = 0;
  function collect(): void {
    pieces.push(new Blob(recent));
    recent = [];
    recentBytes = 0;
  }
  return {
    async write(bytes) {
      recent.push(bytes);
      recentBytes += bytes.byteLength;
      if (recentBytes >= PIECE_BYTES) collect();
    },
    async finish() {
      collect();
      const url = URL.createObjectURL(new Blob(pieces, { type: 'application/x-tar' }));
      const link = document.createElement('a');
      link.href = url;
      link.download = name;
      link.click();
      // The browser has begun to read it when the click has returned; it must be there until it is read.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    },
    async discard() {
      pieces.length = 0;
      recent = [];
    },
  };
}
