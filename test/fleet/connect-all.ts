/** Connects a fleet on a machine that may be too busy for some of its attempts: a device tries again by itself. */
import type { Fleet } from '../../src/tools/load/fleet.ts';
import { eventually } from '../support/eventually.ts';

export async function connectAll(fleet: Fleet, devices: number): Promise<void> {
  for (let failures = 0; fleet.size < devices; ) {
    await fleet.resize(devices).catch((error: unknown) => {
      failures += 1;
      if (failures > devices / 2) throw error;
    });
  }
  await eventually(() => fleet.connected === devices, 'every device is connected');
}
