/** The parts of yazl and yauzl that are used here. */
declare module 'yazl' {
  export class ZipFile {
    readonly outputStream: NodeJS.ReadableStream;
    addBuffer(content: Buffer, path: string): void;
    addReadStreamLazy(
      path: string,
      open: (give: (error: Error | null, content?: NodeJS.ReadableStream) => void) => void,
    ): void;
    end(): void;
    on(event: 'error', listener: (error: Error) => void): this;
  }
}

declare module 'yauzl' {
  import type { Readable } from 'node:stream';
  export interface Entry {
    readonly fileName: string;
    readonly uncompressedSize: number;
    readonly crc32: number;
  }
  export interface ZipFile {
    eachEntry(): AsyncIterable<Entry>;
    openReadStreamPromise(entry: Entry): Promise<Readable>;
    close(): void;
  }
  export function openPromise(path: string, options: { autoClose: boolean }): Promise<ZipFile>;
}
