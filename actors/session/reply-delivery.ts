/**
 * Sends the reply of one turn to the device: each packet when it is due, as fast as the socket accepts them, and after
 * a reconnect from the first frame that the device lacks.
 */
import type { ReplyFrames } from '../../src/core/actor/data-plane.ts';
import type { Scope } from '../../src/core/actor/scope.ts';
import { createPacer, type Pacer } from '../../src/core/time/pacer.ts';
import type { ReplyTiming } from '../../src/protocol/control.ts';
import type { AttachedDevice } from './attached-device.ts';
import type { ReplyQueue } from './reply-queue.ts';

/** Bytes in the socket above which a reply waits, and how soon it is checked again. */
const MAX_SOCKET_BUFFER_BYTES = 64 * 1_024;
const RETRY_MS = 40;

type DeliveryState =
  /** The reply was not announced, the device is not connected, or the turn is over: packets wait. Owns nothing. */
  | { readonly status: 'held' }
  /** The reply is sent to a device. Owns the pacer, which begins with the first packet, and the timer of the next packet. */
  | { readonly status: 'sending'; readonly device: AttachedDevice; pacer: Pacer | undefined; timer: unknown };

type Sending = Extract<DeliveryState, { status: 'sending' }>;

const HELD = { status: 'held' } as const;

export interface ReplyDeliveryOptions {
  queue: ReplyQueue;
  scope: Pick<Scope, 'clock' | 'run'>;
  /** How much of a reply is sent ahead of real time. */
  bufferMs: () => number;
  /** Gets the time of the first packet. */
  timing: ReplyTiming;
  /** The last packet was sent; the number of frames of the reply. Called again when it is sent again. */
  onSent: (frames: number) => void;
  /** A packet was sent. */
  onPacket: () => void;
}

export class ReplyDelivery {
  readonly #options: ReplyDeliveryOptions;
  #state: DeliveryState = HELD;
  #isLoading = false;

  constructor(options: ReplyDeliveryOptions) {
    this.#options = options;
  }

  add(frames: ReplyFrames): void {
    this.#options.queue.add(frames);
    this.#flush();
  }

  /** Sends what is due to this device, from the position of the queue; the rest follows. */
  start(device: AttachedDevice): void {
    this.hold();
    this.#state = { status: 'sending', device, pacer: undefined, timer: undefined };
    this.#flush();
  }

  /** Continues at the first frame that the device lacks. Pacing starts again: the device's buffer is empty by now. */
  resume(device: AttachedDevice, nextFrame: number): void {
    this.#options.queue.rewind(nextFrame);
    this.start(device);
  }

  hold(): void {
    if (this.#state.status === 'sending') this.#options.scope.clock.clearTimeout(this.#state.timer);
    this.#state = HELD;
  }

  /** The device has all frames before this one. */
  acknowledge(nextFrame: number): void {
    this.#options.queue.acknowledge(nextFrame);
  }

  /** The device needs only the end of the reply. */
  release(): void {
    this.#options.queue.release();
  }

  /** The reply is not needed any more. */
  discard(): void {
    this.hold();
    this.#options.queue.discard();
  }

  #flush(): void {
    const state = this.#state;
    if (state.status === 'held') return;
    if (state.timer !== undefined) this.#options.scope.clock.clearTimeout(state.timer);
    state.timer = undefined;
    while (state === this.#state) {
      const next = this.#options.queue.next();
      if (next === 'none') return;
      if (next === 'unloaded') return this.#load();
      const waitMs = this.#waitMs(state, next.atMs);
      if (waitMs > 0) {
        state.timer = this.#options.scope.clock.setTimeout(() => this.#flush(), waitMs);
        return;
      }
      this.#send(state.device);
    }
  }

  #waitMs(state: Sending, atMs: number): number {
    const { scope, bufferMs } = this.#options;
    const nowMs = scope.clock.now();
    state.pacer ??= createPacer(nowMs - atMs, bufferMs());
    return state.device.bufferedBytes > MAX_SOCKET_BUFFER_BYTES ? RETRY_MS : state.pacer.waitMs(atMs, nowMs);
  }

  #send(device: AttachedDevice): void {
    const { queue, scope, timing, onPacket, onSent } = this.#options;
    const packet = queue.take();
    if (!packet) return;
    timing.firstReplySentAtMs ??= scope.clock.now();
    device.sendPacket(packet.bytes);
    onPacket();
    if (packet.final) onSent(packet.frames);
  }

  /** Reads the packets to be sent next back from the disk. */
  #load(): void {
    if (this.#isLoading) return;
    this.#isLoading = true;
    const { queue, scope } = this.#options;
    scope.run(async () => {
      await queue.load();
      this.#isLoading = false;
      this.#flush();
    });
  }
}
