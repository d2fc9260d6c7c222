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

/** Devices that say more than they can store while three gateways are away; then the gateways are killed, lose the cloud, and are restarted. */
export const TALKATIVE = {
  ...{ seed: 1, devices: 4, gateways: 3, zones: 3 },
  ...{ talkMs: 200_000, pauseMs: 3_000, cloudCallsPerSecond: 1_000, confirm: 'cloud' },
  faults: [
    ...[0, 1, 2].map((slot) => ({ kind: 'gateway', atMs: 25_000, slot, forMs: 80_000 }) as const),
    { kind: 'gateway', atMs: 118_000, slot: 0, forMs: 4_000 },
    { kind: 'cloud', atMs: 124_000, forMs: 15_000 },
    { kind: 'gateway', atMs: 142_000, slot: 1, forMs: 4_000 },
    { kind: 'rolling-restart', atMs: 150_000, drainMs: 30_000, forMs: 3_000 },
  ],
} satisfies FleetOptions;

/** For a bug: enough devices to see a herd. */
export const BUG = { ...SHORT, talkMs: 45_000, pauseMs: 6_000 } satisfies FleetOptions;

/** For the model of queues. */
export const LARGE = { ...FULL, devices: 100_000, gateways: 50, zones: 5 } satisfies FleetOptions;
/** Calls of the cloud a second: as fast for a device as in {@link FULL}, and slower. */
export const LARGE_CLOUDS = [100_000, 20_000];
