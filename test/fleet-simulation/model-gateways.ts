/** The gateways in the model of queues, and the balancer in front of them: which of them it believes in, and which one gets a device. */
import { ModelCloud, type ModelCloudOptions } from './model-cloud.ts';
import { FIGURES } from './model-figures.ts';

export interface ModelGateway {
  readonly zone: number;
  isAlive: boolean;
  isReachable: boolean;
  /** The balancer believes in it. */
  isInRotation: boolean;
  readonly devices: Set<number>;
  readonly cloud: ModelCloud;
}

const isHealthy = ({ isAlive, isReachable }: ModelGateway) => isAlive && isReachable;

export class ModelGateways {
  readonly all: readonly ModelGateway[];
  readonly #after: ModelCloudOptions['after'];

  constructor({ gateways, zones }: { gateways: number; zones: number }, cloud: ModelCloudOptions) {
    this.#after = cloud.after;
    this.all = Array.from({ length: gateways }, (_, i) => ({
      ...{ zone: i % zones, isAlive: true, isReachable: true, isInRotation: true, devices: new Set<number>() },
      cloud: new ModelCloud(cloud),
    }));
  }

  /** Health checks, from now on. */
  check(): void {
    this.#after(FIGURES.checkEveryMs, () => this.check());
    for (const gateway of this.all) {
      const healthy = isHealthy(gateway);
      if (healthy === gateway.isInRotation) continue;
      // The second check in a row counts.
      this.#after(FIGURES.checkEveryMs, () => {
        if (healthy === isHealthy(gateway)) gateway.isInRotation = healthy;
      });
    }
  }

  /** The one with the fewest devices; undefined: there is none. */
  choose(): ModelGateway | undefined {
    let chosen: ModelGateway | undefined;
    for (const gateway of this.all) {
      if (!gateway.isInRotation || !isHealthy(gateway)) continue;
      if (!chosen || gateway.devices.size < chosen.devices.size) chosen = gateway;
    }
    return chosen;
  }

  inZone(zone: number): readonly ModelGateway[] {
    return this.all.filter((each) => each.zone === zone);
  }
}
