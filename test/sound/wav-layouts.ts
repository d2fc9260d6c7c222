/** WAV files of any layout, written without the product's own code: for tests of its readers. */

export type Container = 'RIFF' | 'RIFX' | 'RF64' | 'BW64';

export interface Chunk {
  id: string;
  body: Uint8Array;
}

export interface Layout {
  container: Container;
  /** Chunks before `fmt `, between it and `data`, and after `data`. */
  before?: Chunk[];
  between?: Chunk[];
  after?: Chunk[];
  /** 16 bit, mono, 16 kHz. Or `bytes`, exactly as in the file. */
  samples?: number[];
  bytes?: Uint8Array;
  bits?: number;
  /**
   * The values written as the size of `data`, and of the whole, instead of the real ones; of RF64 and BW64 into `ds64`.
   */
  dataSize?: number | undefined;
  riffSize?: number | undefined;
}

const ALL_ONES = 0xffff_ffff;
const ALL_ONES_64 = 0xffff_ffff_ffff_ffffn;

export function wavFile(layout: Layout): Buffer {
  const { container, before = [], between = [], after = [], samples = [], bits = 16, dataSize, riffSize } = layout;
  const littleEndian = container !== 'RIFX';
  const is64 = container === 'RF64' || container === 'BW64';
  const sound = layout.bytes ?? s16(samples, littleEndian);
  const write = ({ id, body }: Chunk) => chunk(id, body, littleEndian);
  const data = chunk('data', sound, littleEndian);
  if (is64) data.writeUInt32LE(ALL_ONES, 4);
  else if (dataSize !== undefined) uint32(dataSize, littleEndian).copy(data, 4);
  const rest = [
    ...before.map(write),
    formatChunk(bits, littleEndian),
    ...between.map(write),
    data,
    ...after.map(write),
  ];
  const ds64Bytes = is64 ? 36 : 0;
  const trueRiffSize = rest.reduce((sum, { length }) => sum + length, 4 + ds64Bytes);
  const ds64 = is64 ? [largeSizes(riffSize ?? trueRiffSize, dataSize ?? sound.length)] : [];
  const size = is64 ? ALL_ONES : (riffSize ?? trueRiffSize);
  return Buffer.concat([Buffer.from(container), uint32(size, littleEndian), Buffer.from('WAVE'), ...ds64, ...rest]);
}

export function chunk(id: string, body: Uint8Array, littleEndian = true): Buffer {
  return Buffer.concat([Buffer.from(id), uint32(body.length, littleEndian), body, Buffer.alloc(body.length % 2)]);
}

export function formatChunk(bits: number, littleEndian: boolean): Buffer {
  const sizes = [uint32(16_000, littleEndian), uint32((16_000 * bits) / 8, littleEndian)];
  const [tag, channels, frameBytes, depth] = [1, 1, bits / 8, bits].map((value) => uint16(value, littleEndian));
  return chunk('fmt ', Buffer.concat([tag, channels, ...sizes, frameBytes, depth] as Buffer[]), littleEndian);
}

/**
 * `ds64` of EBU Tech 3306, without a table. Sizes that do not fit in 32 bits are written as all ones, and in 64 bits.
 */
function largeSizes(riffSize: number, dataSize: number): Buffer {
  const body = Buffer.alloc(28);
  const size = (value: number) => (value === ALL_ONES ? ALL_ONES_64 : BigInt(value));
  body.writeBigUInt64LE(size(riffSize), 0);
  body.writeBigUInt64LE(size(dataSize), 8);
  return chunk('ds64', body);
}

function s16(samples: number[], littleEndian: boolean): Buffer {
  const bytes = Buffer.alloc(samples.length * 2);
  for (const [i, sample] of samples.entries()) bytes[littleEndian ? 'writeInt16LE' : 'writeInt16BE'](sample, i * 2);
  return bytes;
}

function uint16(value: number, littleEndian: boolean): Buffer {
  const bytes = Buffer.alloc(2);
  bytes[littleEndian ? 'writeUInt16LE' : 'writeUInt16BE'](value);
  return bytes;
}

function uint32(value: number, littleEndian: boolean): Buffer {
  const bytes = Buffer.alloc(4);
  bytes[littleEndian ? 'writeUInt32LE' : 'writeUInt32BE'](value);
  return bytes;
}
