/** What is measured in a run of the model of queues. */
import { createCallCounter } from './calls.ts';
import type { Fault } from './faults.ts';
import { DIAL_WINDOW_MS, type FleetFigures } from './figures.ts';
import type { ModelClock } from './model-clock.ts';

export class ModelMeasures {
  readonly #clock: ModelClock;
  readonly #devices: number;
  readonly #stormAtMs: number;
  readonly #calls;
  readonly #replies: number[] = [];
  readonly #dialWindows = new Map<number, number>();
  readonly #backAfterStorm = new Set<number>();
  #stormBackMs: number | undefined;
  #utterances = 0;
  #ups = 0;

  constructor(clock: ModelClock, { devices, faults }: { devices: number; faults: readonly Fault[] }) {
    this.#clock = clock;
    this.#devices = devices;
    this.#stormAtMs = faults.find(({ kind }) => kind === 'storm')?.atMs ?? Number.POSITIVE_INFINITY;
    this.#calls = createCallCounter(() => clock.nowMs);
  }

  onCall(): void {
    this.#calls.count('call');
  }

  onDial(): void {
    const window = Math.floor(this.#clock.nowMs / DIAL_WINDOW_MS);
    this.#dialWindows.set(window, (this.#dialWindows.get(window) ?? 0) + 1);
  }

  onConnected(device: number): void {
    this.#ups += 1;
    const sinceStormMs = this.#clock.nowMs - this.#stormAtMs;
    if (sinceStormMs < 0) return;
    this.#backAfterStorm.add(device);
    if (this.#backAfterStorm.size >= 0.99 * this.#devices) this.#stormBackMs ??= sinceStormMs;
  }

  onUtterance(): void {
    this.#utterances += 1;
  }

  onReply(ms: number): void {
    this.#replies.push(ms);
  }

  figures(): FleetFigures {
    const replies = this.#replies.sort((one, other) => one - other);
    const quantile = (share: number) => Math.round(replies[Math.floor(share * (replies.length - 1))] ?? 0);
    const inStorm = [...this.#dialWindows].filter(([window]) => {
      const sinceStormMs = window * DIAL_WINDOW_MS - this.#stormAtMs;
      return sinceStormMs >= 1_000 && sinceStormMs < 12_000;
    });
    const perSecond = this.#calls.perSecond();
    return {
      utterances: this.#utterances,
      replyMs: { p50: quantile(0.5), p99: quantile(0.99) },
      reconnects: this.#ups - this.#devices,
      dials: [...this.#dialWindows.values()].reduce((sum, dials) => sum + dials, 0),
      stormBackMs: this.#stormBackMs,
      stormPeakDials: inStorm.reduce((most, [, dials]) => Math.max(most, dials), 0),
      calls: perSecond.reduce((sum, calls) => sum + calls, 0),
      peakCalls: perSecond.reduce((most, calls) => Math.max(most, calls), 0),
    };
  }
}
