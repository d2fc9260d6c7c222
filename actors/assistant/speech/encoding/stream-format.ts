/**
 * The format of audio, by its first bytes. PCM has no mark: what has none of the others' is PCM.
 */
export type StreamFormat = 'pcm' | 'wav' | 'MP3' | 'AAC' | 'Ogg' | 'FLAC' | 'WebM' | 'MP4' | 'text';

/** So many are needed. */
export const SNIFFED_BYTES = 16;

const MAGICS: readonly (readonly [StreamFormat, at: number, text: string])[] = [
  ['wav', 0, 'RIFF'],
  ['wav', 0, 'RIFX'],
  ['wav', 0, 'RF64'],
  ['Ogg', 0, 'OggS'],
  ['FLAC', 0, 'fLaC'],
  ['MP3', 0, 'ID3'],
  ['WebM', 0, '\x1a\x45\xdf\xa3'],
  ['MP4', 4, 'ftyp'],
];

export function formatOf(bytes: Uint8Array): StreamFormat {
  const text = String.fromCharCode(...bytes.subarray(0, SNIFFED_BYTES));
  for (const [format, at, magic] of MAGICS) if (text.startsWith(magic, at)) return format;
  const header = bytes.length >= 4 ? mpegHeader(bytes) : undefined;
  if (header) return header;
  // JSON or HTML instead of audio: an error of the server.
  return bytes.length >= SNIFFED_BYTES && /^\s*[[{<][\s\x21-\x7e]+$/.test(text) ? 'text' : 'pcm';
}

const MP3_KBITS: Record<string, readonly number[]> = {
  '1': [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  '2': [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};
const MP3_RATES_HZ = [44_100, 48_000, 32_000];

/**
 * A frame header of MPEG audio (ISO 11172-3; ADTS of ISO 13818-7). Its 11 ones are also a pair of quiet samples, so that a
 * second header must follow where the first one says.
 */
function mpegHeader(bytes: Uint8Array): 'MP3' | 'AAC' | undefined {
  const length = mpegFrameBytes(bytes, 0);
  if (length === undefined) return undefined;
  const isFollowed = bytes.length < length + 4 || mpegFrameBytes(bytes, length) !== undefined;
  if (!isFollowed) return undefined;
  return layerOf(bytes, 0) === 0 ? 'AAC' : 'MP3';
}

function layerOf(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 1] ?? 0) >> 1) & 3;
}

function mpegFrameBytes(bytes: Uint8Array, at: number): number | undefined {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = bytes.subarray(at, at + 6);
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const layer = layerOf(bytes, at);
  if (layer === 0) {
    if ((second & 0xf6) !== 0xf0 || ((third >> 2) & 15) > 12) return undefined;
    return ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
  }
  const version = (second >> 3) & 3;
  const rate = MP3_RATES_HZ[(third >> 2) & 3];
  const kbits = MP3_KBITS[version === 3 ? '1' : '2']?.[third >> 4];
  // Layer 3 only; version 1 is reserved.
  if (layer !== 1 || version === 1 || !rate || !kbits) return undefined;
  const rateHz = rate / (version === 3 ? 1 : version === 2 ? 2 : 4);
  return Math.floor(((version === 3 ? 144_000 : 72_000) * kbits) / rateHz) + ((third >> 1) & 1);
}
