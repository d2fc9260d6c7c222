/**
 * The impulse response between two points of a rectangular room, by the image-source method (Allen and Berkley, JASA 65, 1979): each
 * wall is a mirror, and each image of the source arrives once, later and weaker by its distance and by each reflection. Pure; the same
 * for the same seed.
 */
import { SAMPLE_RATE_HZ } from '../../src/protocol/format.ts';
import { createRandom } from '../../src/tools/simulation/random.ts';
import { decayTimeS } from './decay.ts';
import { addImpulse } from './fractional.ts';

export const SPEED_OF_SOUND_M_S = 343;

/** In metres. */
export type Point = readonly [x: number, y: number, z: number];

export interface RoomShape {
  /** Length, width, height. */
  sizeM: Point;
  /** Reverberation time: until the energy has decayed by 60 dB. */
  t60S: number;
  seed: number;
}

/**
 * Images are moved by up to this, except the source itself, as no room is an exact box: otherwise they arrive in a regular order,
 * which sounds like a sweep (De Sena and others, IEEE/ACM TASLP 23, 2015).
 */
const DIFFUSION_M = 0.08;
const BIN_MS = 1;

interface Image {
  distanceM: number;
  bounces: number;
  /** Walls turn the phase, each frequency by another angle: without it late reflections add up at low frequencies. */
  sign: number;
}

/**
 * The direct sound has an amplitude of 1 at one metre. The first sample is the time at which the source sounds; the length is that of
 * the decay, `t60S`.
 */
export function impulseResponse(room: RoomShape, source: Point, microphone: Point): Float32Array {
  const images = imagesOf(room, source, microphone);
  const reflection = reflectionFor(room.t60S, images);
  const response = new Float32Array(Math.ceil(room.t60S * SAMPLE_RATE_HZ));
  for (const { distanceM, bounces, sign } of images) {
    const at = (distanceM / SPEED_OF_SOUND_M_S) * SAMPLE_RATE_HZ;
    addImpulse(response, at, (sign * reflection ** bounces) / distanceM);
  }
  return response;
}

export function distanceM(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

function imagesOf({ sizeM, t60S, seed }: RoomShape, source: Point, microphone: Point): Image[] {
  const random = createRandom(seed);
  const reachM = t60S * SPEED_OF_SOUND_M_S;
  const along = sizeM.map((size, axis) => mirrored(size, source[axis] ?? 0, microphone[axis] ?? 0, reachM));
  const [xs = [], ys = [], zs = []] = along;
  const images: Image[] = [];
  for (const x of xs) {
    for (const y of ys) {
      const across = x.offsetM ** 2 + y.offsetM ** 2;
      if (across > reachM ** 2) continue;
      for (const z of zs) {
        const bounces = x.bounces + y.bounces + z.bounces;
        const movedM = bounces === 0 ? 0 : (random() - 0.5) * 2 * DIFFUSION_M;
        const distance = Math.max(Math.sqrt(across + z.offsetM ** 2) + movedM, 0.05);
        images.push({ distanceM: distance, bounces, sign: bounces > 1 && random() < 0.5 ? -1 : 1 });
      }
    }
  }
  return images;
}

/** The images along one axis: how far from the microphone, and the number of walls on the way. */
function mirrored(size: number, source: number, microphone: number, reachM: number) {
  const order = Math.ceil(reachM / size) + 1;
  return Array.from({ length: 2 * order + 1 }, (_, i) => {
    const room = i - order;
    const at = room % 2 === 0 ? room * size + source : (room + 1) * size - source;
    return { offsetM: at - microphone, bounces: Math.abs(room) };
  }).filter(({ offsetM }) => Math.abs(offsetM) <= reachM);
}

/**
 * The share of the pressure that a wall reflects. Searched, because the formulas of Sabine and Eyring are off by up to a third in a box
 * whose walls are alike.
 */
function reflectionFor(t60S: number, images: readonly Image[]): number {
  const bins = Math.ceil((t60S * 1_000) / BIN_MS);
  const most = images.reduce((max, { bounces }) => Math.max(max, bounces), 0);
  /** Energy without absorption, by the number of reflections and the time of arrival. */
  const arrivals = Array.from({ length: most + 1 }, () => new Float64Array(bins));
  for (const { distanceM, bounces } of images) {
    const bin = Math.floor(((distanceM / SPEED_OF_SOUND_M_S) * 1_000) / BIN_MS);
    const row = arrivals[bounces];
    if (row && bin < bins) row[bin] = (row[bin] ?? 0) + 1 / distanceM ** 2;
  }
  const decayWith = (reflection: number): number => {
    const energy = new Float64Array(bins);
    for (const [bounces, row] of arrivals.entries()) {
      const kept = reflection ** (2 * bounces);
      for (let bin = 0; bin < bins; bin++) energy[bin] = (energy[bin] ?? 0) + kept * (row[bin] ?? 0);
    }
    return decayTimeS(energy, BIN_MS / 1_000);
  };
  let [low, high] = [0.05, 0.999];
  for (let step = 0; step < 20; step++) {
    const middle = (low + high) / 2;
    if (decayWith(middle) < t60S) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
