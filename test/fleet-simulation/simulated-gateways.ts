/** The gateways of a fleet in virtual time: their places, their disks, and their processes, which are killed and started again. */
import type { ConfirmWhen } from '../../actors/cloud/cloud-recorder.ts';
import type { Random } from '../support/random.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Slot } from './balancer.ts';
import { simulatedAssistant } from './simulated-assistant.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';
import { emptyDisk, type GatewayDisk, startSimulatedGateway, usualDisks } from './simulated-gateway.ts';

const CLOUD_LATENCY_MS = 10;
/** From the start of a gateway until a balancer sends it devices. */
const READY_WITHIN_MS = 5_000;

export interface GatewaysOptions {
  gateways: number;
  zones: number;
  confirm: ConfirmWhen;
  cloud: SimulatedCloud;
  clock: VirtualClock;
  random: Random;
  newId: () => string;
  note: (text: string) => void;
  /** A gateway begins to answer a turn. */
  onAnswer: (turn: string) => void;
}

export class SimulatedGateways {
  readonly slots: readonly Slot[];
  /** How fast all disks are. */
  readonly diskSpeed = usualDisks();
  readonly #options: GatewaysOptions;
  readonly #disks: GatewayDisk[];
  readonly #lives: number[];

  constructor(options: GatewaysOptions) {
    const { gateways, zones } = options;
    this.#options = options;
    this.slots = Array.from({ length: gateways }, (_, i) => ({
      zone: i % zones,
      process: undefined,
      isReachable: true,
    }));
    this.#disks = this.slots.map(emptyDisk);
    this.#lives = this.slots.map(() => 0);
    for (const index of this.slots.keys()) this.#start(index);
  }

  /** Its process ends as by `kill -9`, and another one begins later. */
  kill(index: number, forMs: number): void {
    const slot = this.slots[index];
    slot?.process?.kill();
    this.#options.clock.setTimeout(() => !slot?.process?.isAlive && this.#start(index), forMs);
  }

  /** Each drains, ends, and begins again before the next one does. */
  async restartInTurn(drainMs: number, forMs: number): Promise<void> {
    for (const [index, { process }] of this.slots.entries()) {
      await process?.drain(drainMs);
      this.kill(index, forMs);
      await new Promise<void>((resolve) => void this.#options.clock.setTimeout(resolve, forMs + READY_WITHIN_MS));
    }
  }

  stop(): void {
    for (const { process } of this.slots) process?.kill();
  }

  #start(index: number): void {
    const { confirm, cloud, clock, random, newId, note, onAnswer } = this.#options;
    const slot = this.slots[index];
    if (confirm === 'cloud') this.#disks[index] = emptyDisk();
    const disk = this.#disks[index];
    if (!slot || !disk) return;
    const life = (this.#lives[index] ?? 0) + 1;
    this.#lives[index] = life;
    const name = `gateway-${index}.${life}`;
    slot.process = startSimulatedGateway({
      ...{ name, cloud, clock, random: random.next, newId, disk, diskSpeed: this.diskSpeed, confirm, note },
      cloudLatencyMs: CLOUD_LATENCY_MS,
      respond: (recorder) =>
        simulatedAssistant({
          ...{ clock, recorder },
          onAnswer(id) {
            note(`${name} answers ${id}`);
            onAnswer(id);
          },
        }),
    });
  }
}
