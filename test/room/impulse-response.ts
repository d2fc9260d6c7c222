/**
 * The impulse response between two points of a rectangular room, by the image-source method (Allen and Berkley, 1979):
 * each reflection arrives as from a mirror image of the source. Pure; the same for the same seed.
 */
import { createRandom } from '../../src/tools/simulation/random.ts';

type Point = readonly [number, number, number];

export interface Room {
  sizeM: Point;
  /** Time in which sound decays by 60 dB. */
  t60S: number;
  seed: number;
}

const SPEED_OF_SOUND_M_S = 343;
const SAMPLE_RATE_HZ = 16_000;
/** Images are moved by up to this, as no room is an exact box: without it the late reflections are a flutter. */
const DIFFUSION_M = 0.08;

/**
 * The direct sound has an amplitude of 1 at one metre. The first sample is the time at which the source sounds; the length is that of
 * the decay, `t60S`.
 */
export function impulseResponse({ sizeM, t60S, seed }: Room, source: Point, microphone: Point): Float32Array {
  const random = createRandom(seed);
  const response = new Float32Array(Math.ceil(t60S * SAMPLE_RATE_HZ));
  const reachM = t60S * SPEED_OF_SOUND_M_S;
  const reflection = reflectionFor(sizeM, t60S);
  const along = sizeM.map((size, axis) => images(size, source[axis] ?? 0, microphone[axis] ?? 0, reachM));
  const [xs = [], ys = [], zs = []] = along;
  for (const x of xs) {
    for (const y of ys) {
      const across = x.distanceM ** 2 + y.distanceM ** 2;
      if (across > reachM ** 2) continue;
      for (const z of zs) {
        const bounces = x.bounces + y.bounces + z.bounces;
        const moved = bounces === 0 ? 0 : (random() - 0.5) * 2 * DIFFUSION_M;
        const distanceM = Math.sqrt(across + z.distanceM ** 2) + moved;
        // Walls turn the phase, each frequency by another angle: without it the late reflections add up at low frequencies.
        const sign = bounces > 1 && random() < 0.5 ? -1 : 1;
        add(response, distanceM, (sign * reflection ** bounces) / Math.max(distanceM, 0.05));
      }
    }
  }
  return response;
}

/** Of a wall, from Eyring's formula for the decay. */
function reflectionFor([x, y, z]: Point, t60S: number): number {
  const surface = 2 * (x * y + y * z + z * x);
  return Math.exp((-0.5 * 0.161 * x * y * z) / (surface * t60S));
}

/** The mirror images along one axis: the distance to the microphone, and the number of walls on the way. */
function images(size: number, source: number, microphone: number, reachM: number) {
  const found: { distanceM: number; bounces: number }[] = [];
  const order = Math.ceil(reachM / (2 * size)) + 1;
  for (let n = -order; n <= order; n++) {
    for (const side of [0, 1]) {
      const distanceM = (1 - 2 * side) * source + 2 * n * size - microphone;
      if (Math.abs(distanceM) <= reachM) found.push({ distanceM, bounces: Math.abs(n - side) + Math.abs(n) });
    }
  }
  return found;
}

/** Between two samples the amplitude is shared. */
function add(response: Float32Array, distanceM: number, amplitude: number): void {
  const at = (Math.max(distanceM, 0) / SPEED_OF_SOUND_M_S) * SAMPLE_RATE_HZ;
  const whole = Math.floor(at);
  const part = at - whole;
  if (whole + 1 >= response.length) return;
  response[whole] = (response[whole] ?? 0) + amplitude * (1 - part);
  response[whole + 1] = (response[whole + 1] ?? 0) + amplitude * part;
}
