/**
 * Reads the first two bytes of an Opus packet (RFC 6716 §3.1, §4.2.3 and §4.2.4).
 */

/** Configurations from 16 are CELT, which has no FEC. */
const FIRST_CELT_CONFIGURATION = 16;
const FIRST_HYBRID_CONFIGURATION = 12;
/** SILK frames of 20 ms in a packet of each duration: 10, 20, 40, 60 ms. */
const SILK_FRAMES = [1, 1, 2, 3] as const;
const HYBRID_FRAMES = [1, 1] as const;

/** Whether the packet has a copy of the frame before it (LBRR): one bit after the voice activity flags. */
export function carriesFec(packet: Uint8Array): boolean {
  const toc = packet[0];
  const flags = packet[1];
  if (toc === undefined || flags === undefined) return false;
  const configuration = toc >> 3;
  const frameCountCode = toc & 3;
  if (configuration >= FIRST_CELT_CONFIGURATION || frameCountCode !== 0) return false;
  const silkFrames =
    configuration >= FIRST_HYBRID_CONFIGURATION ? HYBRID_FRAMES[configuration & 1] : SILK_FRAMES[configuration & 3];
  return ((flags >> (7 - (silkFrames ?? 1))) & 1) === 1;
}
