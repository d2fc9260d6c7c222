/** CRC-32 as zlib computes it (ISO 3309), for programs without Node. Pure. */

/**
 * What a byte adds when 0, 1, 2 or 3 bytes follow it, 256 entries each: so four bytes need one step ("slicing by four"), in less than
 * half the time of four steps.
 */
const TABLE = new Uint32Array(4 * 256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  TABLE[byte] = crc;
}
for (let i = 256; i < TABLE.length; i++) {
  const before = TABLE[i - 256] as number;
  TABLE[i] = (TABLE[before & 0xff] as number) ^ (before >>> 8);
}

/**
 * @param before the checksum of the bytes before these
 * @param from where in `bytes` they begin
 */
export function crc32(bytes: Uint8Array, before = 0, from = 0): number {
  let crc = ~before;
  let i = from;
  for (const end = bytes.length - 3; i < end; i += 4) {
    crc ^=
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    crc =
      (TABLE[768 + (crc & 0xff)] as number) ^
      (TABLE[512 + ((crc >>> 8) & 0xff)] as number) ^
      (TABLE[256 + ((crc >>> 16) & 0xff)] as number) ^
      (TABLE[crc >>> 24] as number);
  }
  for (; i < bytes.length; i++) crc = (TABLE[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
