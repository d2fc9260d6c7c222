/** Rooms with a device and a talker in them, by a seed: as homes have them. Pure. */
import { createRandom } from '../../src/tools/simulation/random.ts';
import type { RoomPlan } from './acoustics.ts';
import type { Point } from './impulse-response.ts';

/** A living room of 5 × 4 m; the device stands on a table, the talker 1.5 m from it. */
export const LIVING_ROOM: RoomPlan = {
  sizeM: [5, 4, 2.6],
  t60S: 0.35,
  microphone: [1.6, 1.3, 0.9],
  loudspeaker: [1.6, 1.3 + 0.12, 0.9],
  talker: [2.9, 2, 1.3],
};

/** T60 from 0.2 to 0.6 s, the loudspeaker 8 to 25 cm from the microphone, the talker 0.5 to 2.5 m. */
export function anyRoom(seed: number): RoomPlan {
  const random = createRandom(seed);
  const within = (low: number, high: number) => low + (high - low) * random();
  const size: Point = [within(3, 7), within(2.6, 5.5), within(2.3, 3)];
  const microphone: Point = [within(0.6, size[0] - 0.6), within(0.6, size[1] - 0.6), within(0.6, 1.2)];
  const around = (distance: number, height: number): Point => {
    for (;;) {
      const angle = 2 * Math.PI * random();
      const [x, y] = [microphone[0] + distance * Math.cos(angle), microphone[1] + distance * Math.sin(angle)];
      if (x > 0.2 && x < size[0] - 0.2 && y > 0.2 && y < size[1] - 0.2) return [x, y, height];
    }
  };
  return {
    sizeM: size,
    t60S: within(0.2, 0.6),
    microphone,
    loudspeaker: around(within(0.08, 0.25), microphone[2]),
    talker: around(within(0.5, Math.min(2.5, size[0] - 1, size[1] - 1)), within(1.1, 1.7)),
  };
}
