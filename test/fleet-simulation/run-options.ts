/** The sizes in which the simulation runs. */
import type { FleetOptions } from './fleet.ts';

export const FULL = {
  ...{ seed: 1, devices: 2_000, gateways: 8, zones: 3 },
  ...{ talkMs: 160_000, pauseMs: 90_000, cloudCallsPerSecond: 2_000, confirm: 'disk' },
} satisfies FleetOptions;

/** For `npm test`. */
export const SHORT = {
  ...{ seed: 1, devices: 60, gateways: 4, zones: 2 },
  ...{ talkMs: 130_000, pauseMs: 20_000, cloudCallsPerSecond: 1_000, confirm: 'disk' },
} satisfies FleetOptions;

/** For a bug: enough devices to see a herd. */
export const BUG = { ...SHORT, talkMs: 45_000, pauseMs: 6_000 } satisfies FleetOptions;

/** For the model of queues. */
export const LARGE = { ...FULL, devices: 100_000, gateways: 50, zones: 5 } satisfies FleetOptions;
/** Calls of the cloud a second: as fast for a device as in {@link FULL}, and slower. */
export const LARGE_CLOUDS = [100_000, 20_000];
