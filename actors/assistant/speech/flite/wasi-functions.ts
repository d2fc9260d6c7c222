/**
 * The 13 functions of WASI that flite imports. They are written here because `node:wasi` ends the process after 2 to 31 runs
 * of flite (Node 20.20). The program writes one file, which is held in memory; it can read nothing.
 */

export interface OutputFile {
  write(bytes: Uint8Array): void;
  seek(offset: number, from: number): number;
  bytes(): Buffer;
  clear(): void;
}

/** At most this much: a minute of speech at 16 kHz is 2 MB. A larger file is a fault of the program. */
const MAX_FILE_BYTES = 16_000_000;

export function createOutputFile(): OutputFile {
  const chunks: { at: number; bytes: Uint8Array }[] = [];
  let at = 0;
  let size = 0;
  return {
    write(bytes) {
      if (at + bytes.length > MAX_FILE_BYTES) throw new Error(`flite wrote more than ${MAX_FILE_BYTES} bytes`);
      chunks.push({ at, bytes });
      at += bytes.length;
      size = Math.max(size, at);
    },
    seek(offset, from) {
      const base = [0, at, size][from] ?? 0;
      at = Math.max(0, base + offset);
      return at;
    },
    bytes() {
      const all = Buffer.alloc(size);
      for (const chunk of chunks) all.set(chunk.bytes, chunk.at);
      return all;
    },
    clear() {
      chunks.length = 0;
      at = 0;
      size = 0;
    },
  };
}

export interface ProgramState {
  memory(): WebAssembly.Memory;
  /** Each ends with a zero. */
  args(): readonly Buffer[];
  output: OutputFile;
  messages: OutputFile;
}

/** Numbers of wasi_snapshot_preview1. */
const SUCCESS = 0;
const BAD_DESCRIPTOR = 8;
const CHARACTER_DEVICE = 2;
const FOLDER = 3;
const REGULAR_FILE = 4;
const ALL_RIGHTS = 0xffff_ffffn;
/** The descriptors of this program: 0 to 2 are standard input, output and error. */
const FOLDER_DESCRIPTOR = 3;
const FILE_DESCRIPTOR = 4;
const FOLDER_NAME = Buffer.from('/out');

type WasiFunction = (...args: never[]) => number;

export function wasiFunctions({ memory, args, output, messages }: ProgramState): Record<string, WasiFunction> {
  // Made anew in each call: the buffer changes when the memory grows.
  const view = () => new DataView(memory().buffer);
  const bytes = () => new Uint8Array(memory().buffer);

  return {
    args_sizes_get(countAt: number, sizeAt: number) {
      view().setUint32(countAt, args().length, true);
      view().setUint32(sizeAt, Buffer.concat(args()).length, true);
      return SUCCESS;
    },
    args_get(pointersAt: number, textAt: number) {
      let at = textAt;
      for (const [i, arg] of args().entries()) {
        view().setUint32(pointersAt + 4 * i, at, true);
        bytes().set(arg, at);
        at += arg.length;
      }
      return SUCCESS;
    },
    /** Only prints how long it took. */
    clock_time_get(_clock: number, _precision: bigint, timeAt: number) {
      view().setBigUint64(timeAt, 0n, true);
      return SUCCESS;
    },
    fd_fdstat_get(descriptor: number, statAt: number) {
      const type = descriptor === FOLDER_DESCRIPTOR ? FOLDER : descriptor < 3 ? CHARACTER_DEVICE : REGULAR_FILE;
      view().setUint8(statAt, type);
      view().setUint16(statAt + 2, 0, true);
      view().setBigUint64(statAt + 8, ALL_RIGHTS, true);
      view().setBigUint64(statAt + 16, ALL_RIGHTS, true);
      return SUCCESS;
    },
    fd_fdstat_set_flags: () => SUCCESS,
    /** The only folder. */
    fd_prestat_get(descriptor: number, prestatAt: number) {
      if (descriptor !== FOLDER_DESCRIPTOR) return BAD_DESCRIPTOR;
      view().setUint8(prestatAt, 0);
      view().setUint32(prestatAt + 4, FOLDER_NAME.length, true);
      return SUCCESS;
    },
    fd_prestat_dir_name(descriptor: number, nameAt: number) {
      if (descriptor !== FOLDER_DESCRIPTOR) return BAD_DESCRIPTOR;
      bytes().set(FOLDER_NAME, nameAt);
      return SUCCESS;
    },
    path_open(
      ...[, , , , , , , , descriptorAt]: [number, number, number, number, number, bigint, bigint, number, number]
    ) {
      view().setUint32(descriptorAt, FILE_DESCRIPTOR, true);
      return SUCCESS;
    },
    fd_seek(descriptor: number, offset: bigint, from: number, positionAt: number) {
      if (descriptor !== FILE_DESCRIPTOR) return BAD_DESCRIPTOR;
      view().setBigUint64(positionAt, BigInt(output.seek(Number(offset), from)), true);
      return SUCCESS;
    },
    /** There is nothing to read. */
    fd_read(_descriptor: number, _vectors: number, _count: number, readAt: number) {
      view().setUint32(readAt, 0, true);
      return SUCCESS;
    },
    fd_write(descriptor: number, vectorsAt: number, count: number, writtenAt: number) {
      const file = descriptor === FILE_DESCRIPTOR ? output : messages;
      let written = 0;
      for (let i = 0; i < count; i++) {
        const start = view().getUint32(vectorsAt + 8 * i, true);
        const length = view().getUint32(vectorsAt + 8 * i + 4, true);
        if (length > 0) file.write(bytes().slice(start, start + length));
        written += length;
      }
      view().setUint32(writtenAt, written, true);
      return SUCCESS;
    },
    fd_close: () => SUCCESS,
    proc_exit() {
      throw new Error('flite ended early');
    },
  };
}
