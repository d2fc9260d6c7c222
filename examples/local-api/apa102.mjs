/**
 * Frames for APA102 LEDs (data sheet: 32 bits of zeros; for each LED 111, 5 bits of brightness, blue, green, red; then at least half a bit of
 * ones for each LED, so that the clock reaches the last one). Pure.
 */

const MAX_BRIGHTNESS = 31;

/** @param colours [red, green, blue], 0 to 255, for each LED. @param brightness 0 to 31, of all of them */
export function apa102Frame(colours, brightness = 8) {
  const level = Math.max(0, Math.min(MAX_BRIGHTNESS, Math.round(brightness)));
  const endBytes = Math.max(4, Math.ceil(colours.length / 16));
  const frame = new Uint8Array(4 + 4 * colours.length + endBytes).fill(0xff);
  frame.fill(0, 0, 4);
  colours.forEach(([red, green, blue], i) => {
    frame.set([0xe0 | level, byte(blue), byte(green), byte(red)], 4 + 4 * i);
  });
  return frame;
}

const byte = (value) => Math.max(0, Math.min(255, Math.round(value)));

const OFF = [0, 0, 0];
const COLOURS = {
  recording: [0, 60, 255],
  streaming: [0, 60, 255],
  processing: [160, 60, 200],
  receiving: [160, 60, 200],
  playing: [0, 180, 60],
  error: [255, 0, 0],
};
const MUTED = [255, 30, 0];
const LISTENING = [10, 10, 20];

/**
 * The colours of a ring of `count` LEDs. Muted: two LEDs in orange-red, whatever else happens. A level (dB of full scale, −60 to 0) lights a part of the
 * ring.
 */
export function ringColours({ state = 'idle', microphone = 'closed', muted = false, isGone = false, levelDb }, count) {
  if (isGone) return Array(count).fill(OFF);
  const colour = COLOURS[state] ?? (['waiting', 'follow-up'].includes(microphone) ? LISTENING : OFF);
  const share = levelDb === undefined ? 1 : Math.max(0, Math.min(1, 1 + levelDb / 60));
  const lit = Math.max(1, Math.round(share * count));
  const ring = Array.from({ length: count }, (_, i) => (i < lit ? colour : OFF));
  if (muted || microphone === 'muted') for (const i of [0, Math.floor(count / 2)]) ring[i] = MUTED;
  return ring;
}
