/**
 * Writes every packet of the current turn to its file before the network gets it, so that a process that is killed loses no speech. If the
 * disk is too slow or fails, the rest of the turn is not written, and its packets are forwarded without.
 */
import type { UplinkPacket } from '../../src/core/actor/data-plane.ts';
import type { QueueMetrics } from '../../src/core/actor/queue-metrics.ts';
import type { Scope } from '../../src/core/actor/scope.ts';
import { EarshotError } from '../../src/core/errors.ts';
import type { MaybePromise } from '../../src/core/files/steps.ts';
import type { TurnWriter } from './turn-writer.ts';

/** Time between two syncs: how much of a turn a power cut can destroy. */
const SYNC_INTERVAL_MS = 1_000;
/** How long a packet waits for the disk at most, and how many packets do. */
const MAX_UNWRITTEN_MS = 3_000;
const MAX_UNWRITTEN = 150;

interface CurrentTurn {
  readonly turn: number;
  /** A packet of it was forwarded. */
  hasStarted: boolean;
  syncedAtMs: number;
  /** Undefined: nothing more of it is written. */
  writer: TurnWriter | undefined;
}

interface QueuedPacket {
  readonly packet: UplinkPacket;
  /** Undefined for a packet of a turn that is not the current one: it is not written. */
  readonly of: CurrentTurn | undefined;
  readonly atMs: number;
  /** Written, or to be forwarded unwritten. */
  isDone: boolean;
}

export interface WriteAheadOptions {
  scope: Pick<Scope, 'clock' | 'run'>;
  /** The folder of the turn store, for the error message. */
  folder: string;
  forward: (packet: UplinkPacket) => void;
  /** The first packet of a turn is being forwarded. */
  onStarted: (turn: number) => void;
  /** Called once for each turn. */
  onFailed: (error: unknown) => void;
  /** Nothing more is written to it: close it. */
  onFinished: (writer: TurnWriter) => void;
}

export class WriteAhead {
  readonly #options: WriteAheadOptions;
  #current: CurrentTurn | undefined;
  /** In the order in which they are forwarded. */
  readonly #queue: QueuedPacket[] = [];
  #forwarded = 0;
  #unwritten = 0;

  constructor(options: WriteAheadOptions) {
    this.#options = options;
  }

  /** Packets of this turn follow. Without a writer they are forwarded unwritten. */
  begin(turn: number, writer: TurnWriter | undefined): void {
    this.end();
    this.#current = { turn, hasStarted: false, syncedAtMs: this.#options.scope.clock.now(), writer };
  }

  isWriting(id: string): boolean {
    return this.#current?.writer?.id === id;
  }

  isCurrent(turn: number): boolean {
    return this.#current?.turn === turn;
  }

  /** Forwards the packet when it is written. */
  add(packet: UplinkPacket): void {
    const { scope, folder, onFailed } = this.#options;
    const of = this.#current?.turn === packet.turn ? this.#current : undefined;
    const queued: QueuedPacket = { packet, of, isDone: false, atMs: scope.clock.now() };
    this.#queue.push(queued);
    const onDone = () => {
      queued.isDone = true;
      this.#forward();
    };
    if (!of) return onDone();
    const writing = this.#write(of, packet);
    if (!(writing instanceof Promise)) return onDone();
    scope.run(() => writing.then(onDone));
    const waitedMs = queued.atMs - (this.#queue[0]?.atMs ?? queued.atMs);
    if (this.#queue.length <= MAX_UNWRITTEN && waitedMs <= MAX_UNWRITTEN_MS) return;
    onFailed(diskTooSlow(folder));
    this.#unwritten += this.#queue.filter(({ isDone }) => !isDone).length;
    this.#finish(of);
    this.#forwardAll();
  }

  /** No more packets of the current turn follow. */
  end(): void {
    const ended = this.#current;
    this.#current = undefined;
    if (ended) this.#finish(ended);
  }

  /** The process may be about to end: writes at once what still waits, and forwards everything. */
  stop(): void {
    try {
      this.#current?.writer?.flush();
    } catch (error) {
      this.#options.onFailed(error);
    }
    this.end();
    this.#forwardAll();
  }

  metrics(): QueueMetrics {
    return {
      name: 'unwritten packets',
      depth: this.#queue.length,
      limit: MAX_UNWRITTEN,
      sent: this.#forwarded,
      dropped: this.#unwritten,
    };
  }

  /** An error is reported once; then the rest of the turn is not written. */
  #write(of: CurrentTurn, packet: UplinkPacket): MaybePromise<void> {
    const { writer } = of;
    if (!writer) return undefined;
    const failed = (error: unknown) => {
      if (of.writer !== writer) return;
      this.#options.onFailed(error);
      this.#finish(of);
    };
    let writing: MaybePromise<void>;
    try {
      writing = writer.append(packet.bytes);
    } catch (error) {
      return failed(error);
    }
    const nowMs = this.#options.scope.clock.now();
    if (nowMs - of.syncedAtMs >= SYNC_INTERVAL_MS) {
      of.syncedAtMs = nowMs;
      writer.sync();
    }
    return writing instanceof Promise ? writing.catch(failed) : undefined;
  }

  #forward(): void {
    const { forward, onStarted } = this.#options;
    for (let first = this.#queue[0]; first?.isDone; first = this.#queue[0]) {
      this.#queue.shift();
      const { packet, of } = first;
      this.#forwarded += 1;
      if (of && !of.hasStarted) {
        of.hasStarted = true;
        onStarted(packet.turn);
      }
      forward(packet);
      if (packet.final && of && of === this.#current) this.end();
    }
  }

  #forwardAll(): void {
    for (const queued of this.#queue) queued.isDone = true;
    this.#forward();
  }

  #finish(of: CurrentTurn): void {
    const { writer } = of;
    of.writer = undefined;
    if (writer) this.#options.onFinished(writer);
  }
}

export function diskTooSlow(folder: string): EarshotError {
  const message = `The disk of ${folder} takes too long to write: turns are not stored`;
  return new EarshotError(
    'store_failed',
    message,
    'The memory card may be worn out, or another program keeps it busy.',
  );
}
