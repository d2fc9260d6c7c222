/** A gateway's way to the cloud in the model of queues: it asks at once, records in batches, and delivers files by some calls at a time. */
import { FIGURES } from './model-figures.ts';

export interface ModelCloudOptions {
  after: (ms: number, act: () => void) => void;
  /** Begins a call. @returns ms until its answer is here */
  carryOut: () => number;
  isUp: () => boolean;
  random: () => number;
}

export class ModelCloud {
  readonly #options: ModelCloudOptions;
  #isCut = false;
  #isConnected = true;
  #waiting = 0;
  #busy = 0;
  #records = 0;
  #isBatching = false;

  constructor(options: ModelCloudOptions) {
    this.#options = options;
  }

  /** A question of a device that connects. `onAnswer` gets the time until the answer; Infinity: there is none. */
  ask(onAnswer: (ms: number) => void): void {
    onAnswer(this.#canCall() ? this.#options.carryOut() : Number.POSITIVE_INFINITY);
  }

  watch(): void {
    if (this.#canCall()) this.#options.carryOut();
  }

  record(records: number): void {
    this.#records += records;
    if (this.#isBatching) return;
    this.#isBatching = true;
    this.#options.after(FIGURES.gatherMs, () => this.#sendBatch());
  }

  deliver(calls: number): void {
    this.#waiting += calls;
    this.#pump();
  }

  cut(isCut: boolean): void {
    this.#isCut = isCut;
    if (isCut) this.#isConnected = false;
  }

  restart(): void {
    this.#isCut = false;
    this.#isConnected = true;
    this.#pump();
  }

  /** The cloud is there again: the client finds it at its next attempt, and watches all its devices again. */
  reconnect(devices: number): void {
    this.#isConnected = false;
    const { after, random, carryOut } = this.#options;
    after(random() * FIGURES.cloudRetryMs, () => {
      this.#isConnected = true;
      if (!this.#canCall()) return;
      for (let i = 0; i < devices; i++) carryOut();
      this.#pump();
    });
  }

  #canCall(): boolean {
    return this.#isConnected && !this.#isCut && this.#options.isUp();
  }

  #sendBatch(): void {
    const { after, carryOut } = this.#options;
    this.#isBatching = this.#records > 0;
    if (!this.#isBatching) return;
    if (this.#canCall()) {
      this.#records -= Math.min(FIGURES.batchRecords, this.#records);
      carryOut();
    }
    after(FIGURES.batchMs, () => this.#sendBatch());
  }

  #pump(): void {
    const { after, carryOut } = this.#options;
    while (this.#waiting > 0 && this.#busy < FIGURES.lanes && this.#canCall()) {
      this.#waiting -= 1;
      this.#busy += 1;
      after(carryOut(), () => {
        this.#busy -= 1;
        this.#pump();
      });
    }
  }
}
