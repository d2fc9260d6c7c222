/** Lets the faults of a plan happen to a fleet in virtual time. */
import type { Random } from '../support/random.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { DeviceLinks } from './device-links.ts';
import type { Fault } from './faults.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';
import type { SimulatedGateways } from './simulated-gateways.ts';

export interface FaultTargets {
  clock: VirtualClock;
  gateways: SimulatedGateways;
  cloud: SimulatedCloud;
  links: DeviceLinks;
  /** Decides which links are hit. */
  random: Random;
  note: (text: string) => void;
}

export function injectFaults(faults: readonly Fault[], targets: FaultTargets): void {
  const { clock, note } = targets;
  for (const fault of faults) {
    clock.setTimeout(() => {
      note(`fault ${JSON.stringify(fault)}`);
      inject(fault, targets);
    }, fault.atMs);
  }
}

function inject(fault: Fault, { clock, gateways, cloud, links, random }: FaultTargets): void {
  const later = (act: () => void, ms: number) => void clock.setTimeout(act, ms);
  switch (fault.kind) {
    case 'gateway':
      return gateways.kill(fault.slot, fault.forMs);
    case 'rolling-restart':
      void gateways.restartInTurn(fault.drainMs, fault.forMs);
      return;
    case 'storm':
      for (const index of gateways.slots.keys()) gateways.kill(index, fault.forMs);
      return;
    case 'zone':
    case 'cloud-cut': {
      const inZone = gateways.slots.filter(({ zone }) => zone === fault.zone);
      for (const slot of inZone) {
        if (fault.kind === 'zone') slot.isReachable = false;
        if (fault.kind === 'zone') slot.process?.silence();
        slot.process?.cloud.cut(true);
      }
      return later(() => {
        for (const slot of inZone) {
          slot.isReachable = true;
          slot.process?.cloud.cut(false);
        }
      }, fault.forMs);
    }
    case 'cloud':
      cloud.stop();
      return later(cloud.start, fault.forMs);
    case 'slow-disk': {
      const { diskSpeed } = gateways;
      const { operationMs } = diskSpeed;
      diskSpeed.operationMs = fault.operationMs;
      return later(() => {
        diskSpeed.operationMs = operationMs;
      }, fault.forMs);
    }
    case 'slow-cloud':
      cloud.setDelay(fault.delayMs);
      return later(() => cloud.setDelay(0), fault.forMs);
    case 'links':
      return links.disturb(fault.share, fault.isSilent, random);
  }
}
