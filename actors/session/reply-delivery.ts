/**
 * The reply of one turn on its way to the device: sent when it is due, as fast as the socket takes it, and after a reconnect from the
 * first frame that the device lacks.
 */
import type { ReplyFrames } from '../../src/core/actor/data-plane.ts';
import type { Scope } from '../../src/core/actor/scope.ts';
import { createPacer, type Pacer } from '../../src/core/time/pacer.ts';
import type { ReplyTiming } from '../../src/protocol/control.ts';
import type { AttachedDevice } from './attached-device.ts';
import type { ReplyQueue } from './reply-queue.ts';

/** Bytes in the socket above which a reply waits, and how soon it is looked at again. */
const MAX_SOCKET_BUFFER_BYTES = 64 * 1_024;
const RETRY_MS = 40;

type DeliveryState =
  /** The reply was not announced, the device is away, or the turn is over: packets wait. Owns nothing. */
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
  /** The last packet was sent; frames of the reply in all. Told again when it is sent again. */
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

  /** Sends to this device, from where the queue is, what is due; the rest follows. */
  start(device: AttachedDevice): void {
    this.hold();
    this.#state = { status: 'sending', device, pacer: undefined, timer: undefined };
    this.#flush();
  }

  /** Goes on at the first frame that the device lacks. It is paced anew: the device's buffer has run dry meanwhile. */
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

  /** The device needs nothing of it any more, but to be told that it was all. */
  release(): void {
    this.#options.queue.release();
  }

  /** Nobody needs it any more. */
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

  /** Reads back from the disk what is sent next. */
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
