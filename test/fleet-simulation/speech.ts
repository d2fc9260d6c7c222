/** Frames whose content says which they are, so that each can be looked for: Opus of 20 ms, as short as the network lets them be. */

/** SILK, wideband, 20 ms, mono, one frame. */
const TOC = 0x48;
const BYTES = 7;

export interface FrameName {
  device: number;
  /** Counted by the device. */
  utterance: number;
  frame: number;
}

export function encodeFrame({ device, utterance, frame }: FrameName): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, TOC);
  view.setUint16(1, device);
  view.setUint16(3, utterance);
  view.setUint16(5, frame);
  return bytes;
}

export function decodeFrame(bytes: Uint8Array): FrameName {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { device: view.getUint16(1), utterance: view.getUint16(3), frame: view.getUint16(5) };
}
