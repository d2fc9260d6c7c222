/**
 * A model of a fleet as queues: devices, gateways, arrivals of turns, failures. It has no code of Earshot, only its figures, so it can be much
 * larger than the simulation; it is checked against the simulation at sizes that both can do.
 *
 * Left out: the confirmation of turns, the limit of calls of one device, and what a turn does when its link is lost in the middle: then the reply
 * comes when the device is connected again and has sent the turn again.
 */
import { seededRandom } from '../support/random.ts';
import type { Fault } from './faults.ts';
import type { FleetFigures } from './figures.ts';
import type { FleetOptions } from './fleet.ts';
import { ModelClock } from './model-clock.ts';
import { FIGURES } from './model-figures.ts';
import { type ModelGateway, ModelGateways } from './model-gateways.ts';
import { ModelMeasures } from './model-measures.ts';

export type ModelOptions = Omit<FleetOptions, 'confirm' | 'faults'> & { faults: readonly Fault[] };

interface ModelDevice {
  baseMs: number;
  gateway: ModelGateway | undefined;
  isUp: boolean;
  /** Counts connections and attempts: what belongs to an earlier one has no effect. */
  epoch: number;
  failures: number;
  /** It has spoken, and gets its reply when it is connected. */
  releasedAtMs: number | undefined;
}

export function runModel(options: ModelOptions): FleetFigures {
  return new Model(options).run();
}

class Model {
  readonly #options: ModelOptions;
  readonly #random: () => number;
  readonly #clock = new ModelClock();
  readonly #after = this.#clock.after;
  readonly #measures: ModelMeasures;
  readonly #gateways: ModelGateways;
  readonly #devices: ModelDevice[];
  #freeAtMs = 0;
  #delayMs = 0;
  #isCloudUp = true;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed).next;
    this.#measures = new ModelMeasures(this.#clock, options);
    this.#gateways = new ModelGateways(options, {
      after: this.#after,
      carryOut: () => this.#carryOut(),
      isUp: () => this.#isCloudUp,
      random: this.#random,
    });
    this.#devices = Array.from({ length: options.devices }, (_, i) => ({
      baseMs: i % FIGURES.slowEvery === FIGURES.slowEvery - 1 ? FIGURES.slowMs : 8 + this.#random() * 32,
      ...{ gateway: undefined, isUp: false, epoch: 0, failures: 0, releasedAtMs: undefined },
    }));
  }

  get #nowMs(): number {
    return this.#clock.nowMs;
  }

  run(): FleetFigures {
    const { talkMs, faults } = this.#options;
    for (const index of this.#devices.keys()) {
      this.#after(this.#random() * FIGURES.startWithinMs, () => {
        this.#dial(index);
        this.#plan(index);
      });
    }
    this.#gateways.check();
    for (const fault of faults) this.#after(fault.atMs, () => this.#happen(fault));
    this.#clock.runUntil(talkMs + FIGURES.settleMs);
    return this.#measures.figures();
  }

  #exponential(meanMs: number): number {
    return -Math.log(1 - this.#random()) * meanMs;
  }

  #transitMs({ baseMs }: ModelDevice): number {
    return baseMs + this.#exponential(baseMs / 4);
  }

  /** When the cloud has done the next call; they wait for each other. */
  #carryOut(): number {
    this.#measures.onCall();
    this.#freeAtMs = Math.max(this.#nowMs, this.#freeAtMs) + 1_000 / this.#options.cloudCallsPerSecond;
    return this.#freeAtMs - this.#nowMs + this.#delayMs + 2 * FIGURES.cloudLatencyMs;
  }

  #dial(index: number): void {
    const device = this.#devices[index] as ModelDevice;
    const epoch = ++device.epoch;
    this.#measures.onDial();
    const ours = (act: () => void) => () => epoch === device.epoch && act();
    this.#after(
      this.#transitMs(device),
      ours(() => {
        const gateway = this.#gateways.choose();
        if (!gateway)
          return this.#after(
            this.#transitMs(device),
            ours(() => this.#retry(index)),
          );
        // Counted from here on, as the balancer does it.
        gateway.devices.add(index);
        device.gateway = gateway;
        gateway.cloud.ask((verifiedMs) => {
          const isLate = verifiedMs > FIGURES.verifyPatienceMs;
          const waitMs = Math.min(verifiedMs, FIGURES.verifyPatienceMs);
          // The answer to its dial, its hello, and the welcome.
          const exchangeMs = waitMs + this.#transitMs(device) * (isLate ? 1 : 3);
          this.#after(
            exchangeMs,
            ours(() => (isLate ? this.#lose(index) : this.#connected(index))),
          );
        });
      }),
    );
  }

  #connected(index: number): void {
    const device = this.#devices[index] as ModelDevice;
    device.failures = 0;
    device.isUp = true;
    device.gateway?.cloud.watch();
    device.gateway?.cloud.record(FIGURES.recordsPerSession);
    this.#measures.onConnected(index);
    if (device.releasedAtMs !== undefined) this.#answer(index, 2 * this.#transitMs(device));
  }

  #lose(index: number): void {
    const device = this.#devices[index] as ModelDevice;
    device.gateway?.devices.delete(index);
    device.gateway = undefined;
    device.isUp = false;
    this.#retry(index);
  }

  #retry(index: number): void {
    const device = this.#devices[index] as ModelDevice;
    device.epoch += 1;
    const { firstRetryMs, longestRetryMs } = FIGURES;
    const ceilingMs = Math.min(firstRetryMs * 2 ** Math.max(0, device.failures - 1), longestRetryMs);
    device.failures += 1;
    this.#after((ceilingMs / 2) * (1 + this.#random()), () => this.#dial(index));
  }

  /** Connections end, and each device learns it after this time. */
  #drop(index: number, noticedMs: number): void {
    const device = this.#devices[index] as ModelDevice;
    const { epoch } = device;
    this.#after(noticedMs, () => epoch === device.epoch && this.#lose(index));
  }

  #plan(index: number): void {
    this.#after(this.#exponential(this.#options.pauseMs), () => this.#talk(index));
  }

  #talk(index: number): void {
    if (this.#nowMs > this.#options.talkMs) return;
    const device = this.#devices[index] as ModelDevice;
    const packets = 7 + Math.floor(this.#random() * 15);
    this.#after(packets * FIGURES.packetMs, () => {
      this.#measures.onUtterance();
      device.releasedAtMs = this.#nowMs;
      const isThere = device.isUp && device.gateway?.isReachable && device.gateway.isAlive;
      if (isThere) this.#answer(index, this.#transitMs(device));
      this.#plan(index);
    });
  }

  #answer(index: number, upMs: number): void {
    const device = this.#devices[index] as ModelDevice;
    const releasedAtMs = device.releasedAtMs as number;
    device.releasedAtMs = undefined;
    device.gateway?.cloud.record(FIGURES.recordsPerTurn);
    device.gateway?.cloud.deliver(FIGURES.callsPerRecording);
    const replyMs = this.#nowMs - releasedAtMs + upMs + FIGURES.thinkingMs + this.#transitMs(device);
    // Later, a turn is delivered without a reply.
    if (replyMs < FIGURES.offlinePatienceMs + upMs) this.#measures.onReply(replyMs);
  }

  #happen(fault: Fault): void {
    switch (fault.kind) {
      case 'gateway':
        return this.#kill(this.#gateways.all[fault.slot], fault.forMs);
      case 'storm':
        for (const gateway of this.#gateways.all) this.#kill(gateway, fault.forMs);
        return;
      case 'zone':
      case 'cloud-cut':
        return this.#cutZone(fault.zone, fault.forMs, fault.kind === 'zone');
      case 'cloud':
        this.#isCloudUp = false;
        return this.#after(fault.forMs, () => {
          this.#isCloudUp = true;
          this.#freeAtMs = 0;
          for (const { cloud, devices } of this.#gateways.all) cloud.reconnect(devices.size);
        });
      case 'slow-cloud':
        this.#delayMs = fault.delayMs;
        return this.#after(fault.forMs, () => {
          this.#delayMs = 0;
        });
      case 'links':
        for (const [index, device] of this.#devices.entries()) {
          if (!device.gateway || this.#random() >= fault.share) continue;
          this.#drop(index, fault.isSilent ? this.#silentMs() : this.#transitMs(device));
        }
    }
  }

  #kill(gateway: ModelGateway | undefined, forMs: number): void {
    if (!gateway) return;
    gateway.isAlive = false;
    for (const index of gateway.devices) this.#drop(index, this.#transitMs(this.#devices[index] as ModelDevice));
    this.#after(forMs, () => {
      gateway.isAlive = true;
      // Its process is another one, with a connection of its own.
      gateway.cloud.restart();
    });
  }

  #cutZone(zone: number, forMs: number, isWhole: boolean): void {
    for (const gateway of this.#gateways.inZone(zone)) {
      if (isWhole) gateway.isReachable = false;
      if (isWhole) for (const index of gateway.devices) this.#drop(index, this.#silentMs());
      gateway.cloud.cut(true);
      this.#after(forMs, () => {
        gateway.isReachable = true;
        gateway.cloud.cut(false);
        gateway.cloud.reconnect(gateway.devices.size);
      });
    }
  }

  /** Until a device that is idle notices that nothing comes any more. */
  #silentMs(): number {
    return FIGURES.deadMs - this.#random() * FIGURES.pingMs;
  }
}
