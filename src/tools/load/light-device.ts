/**
 * A device of a load test that costs as little as possible: the messages that a real device sends, without its machines, its stores and its
 * buffers. What it does not do: resume a turn, store it, deliver it later. So a turn whose connection is lost has failed.
 */
import { v7 as uuidv7 } from 'uuid';
import { PacketAcks } from '../../../actors/network/packet-acks.ts';
import { EarshotError } from '../../core/errors.ts';
import type { GatewayMessage } from '../../protocol/control.ts';
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../protocol/format.ts';
import { type AudioPacket, decodePacket, encodePacket, turnTagOf } from '../../protocol/packet.ts';
import { ConnectionTally } from './connection-tally.ts';
import { LightConnection } from './light-connection.ts';
import { CONNECT_PATIENCE_MS, type LoadDevice, type LoadDeviceOptions, notPaired } from './load-device.ts';
import type { LoadTurn } from './load-turn.ts';
import { type Saying, sayUtterance } from './say-utterance.ts';
import { type RunningTurn, TurnTally } from './turn-tally.ts';
import type { EncodedUtterance } from './utterances.ts';

/** Turns that are over, and that the cloud may still confirm. */
const REMEMBERED_TURNS = 10;

/** What the wire needs of the turn that runs. */
interface Wire {
  readonly turn: RunningTurn;
  readonly number: number;
  /** When the utterance is over, as it is said in real time. */
  readonly endsAtMs: number;
  /** First frame of the reply that is missing. */
  next: number;
  endedAtMs: number | undefined;
  firstReplyAtMs: number | undefined;
}

export class LightDevice implements LoadDevice {
  readonly #options: LoadDeviceOptions;
  readonly #connection: LightConnection;
  readonly #turns: TurnTally;
  readonly #connections: ConnectionTally;
  readonly #acks: PacketAcks;
  readonly #recent: LoadTurn[] = [];
  #wire: Wire | undefined;
  #number = 0;
  #saying: Saying | undefined;
  /** Of the first connection. */
  #waiting: { onUp(): void; onDown(error: EarshotError): void; onClosed(): void } | undefined;

  constructor(options: LoadDeviceOptions) {
    this.#options = options;
    this.#turns = new TurnTally(options);
    this.#connections = new ConnectionTally(options);
    this.#acks = new PacketAcks(options.clock, () => this.#acknowledge());
    this.#connection = new LightConnection(options, {
      onUp: () => {
        this.#connections.onConnected();
        this.#waiting?.onUp();
      },
      onDown: (error) => this.#onDown(error),
      onMessage: (message) => this.#onMessage(message),
      onPacket: (bytes) => this.#onPacket(bytes),
    });
  }

  get isConnected(): boolean {
    return this.#connection.isUp;
  }

  get wasConnected(): boolean {
    return this.#connections.hasConnected;
  }

  get isTalking(): boolean {
    return this.#turns.running !== undefined;
  }

  get unconfirmed(): readonly LoadTurn[] {
    return this.#turns.unconfirmed;
  }

  connect(isPatient: boolean): Promise<void> {
    const { clock } = this.#options;
    const giveUpAtMs = clock.now() + CONNECT_PATIENCE_MS;
    this.#connections.begin();
    return new Promise((resolve, reject) => {
      this.#waiting = {
        onUp: () => {
          this.#waiting = undefined;
          resolve();
        },
        onDown: (error) => {
          if (isPatient && !isRefusal(error) && clock.now() < giveUpAtMs) return;
          this.#waiting = undefined;
          reject(error);
        },
        onClosed: () => {
          this.#waiting = undefined;
          reject(
            new EarshotError('link_down', 'The device was closed before it was connected', 'The test ended early.'),
          );
        },
      };
      this.#connection.open();
    });
  }

  talk(utterance: EncodedUtterance): void {
    const { clock } = this.#options;
    const id = uuidv7();
    const turn = this.#turns.begin(id);
    this.#number += 1;
    const wire: Wire = {
      ...{ turn, number: this.#number, endsAtMs: clock.now() + utterance.length * FRAME_MS },
      ...{ next: 0, endedAtMs: undefined, firstReplyAtMs: undefined },
    };
    this.#wire = wire;
    this.#remember(turn.spoken);
    if (!this.isConnected) return this.#fail('link_down');
    const startedAt = clock.wallNow();
    this.#connection.send({ type: 'turn.start', turn: wire.number, id, trigger: 'file', startedAt });
    this.#saying = sayUtterance(utterance, this.#options, (frames, isLast) => this.#say(wire, frames, isLast));
  }

  cut(): void {
    this.#options.sockets.cut();
  }

  async close(): Promise<void> {
    this.#saying?.stop();
    this.#acks.stop();
    this.#connection.close();
    this.#waiting?.onClosed();
    this.#turns.settleAll();
  }

  #say(wire: Wire, frames: Uint8Array[], isLast: boolean): boolean {
    const { turn, number } = wire;
    if (this.#wire !== wire) return false;
    const sequence = turn.said.length;
    const packet: AudioPacket = {
      ...{ final: isLast, discontinuity: false, pcm: false, turn: turnTagOf(number) },
      ...{ sequence, timestamp: sequence * RECOMMENDED_FRAME_SIZE, frames },
    };
    this.#acks.onSent();
    this.#connection.sendPacket(encodePacket(packet));
    this.#turns.say(turn, frames);
    if (isLast) {
      this.#turns.end(turn);
      wire.endedAtMs = this.#options.clock.now();
    }
    return true;
  }

  #onPacket(bytes: Uint8Array): void {
    const wire = this.#wire;
    const decoded = decodePacket(bytes);
    if (!wire || !decoded.ok || decoded.packet.turn !== turnTagOf(wire.number)) return;
    const { frames, sequence, timestamp, final } = decoded.packet;
    if (wire.firstReplyAtMs === undefined) {
      wire.firstReplyAtMs = this.#options.clock.now();
      this.#connection.send({ type: 'playback', turn: wire.number, event: 'started', playedMs: 0 });
    }
    for (const [i, frame] of frames.entries()) {
      this.#turns.hear(wire.turn, frame, timestamp / SAMPLES_PER_MS + i * FRAME_MS);
    }
    wire.next = Math.max(wire.next, sequence + frames.length);
    this.#acks.onReceived();
    if (final) this.#onWholeReply(wire);
  }

  /** A real device says this when its speaker has finished. */
  #onWholeReply(wire: Wire): void {
    this.#acks.stop();
    const { turn, number, endedAtMs, firstReplyAtMs = 0 } = wire;
    const playedMs = turn.said.length * FRAME_MS;
    const total = Math.max(0, firstReplyAtMs - (endedAtMs ?? firstReplyAtMs));
    this.#connection.send({ type: 'playback', turn: number, event: 'drained', playedMs, underruns: 0, concealedMs: 0 });
    this.#connection.send({ type: 'turn.report', id: turn.spoken.id, latencyMs: { cloud: total, total } });
  }

  #onMessage(message: GatewayMessage): void {
    const wire = this.#wire;
    switch (message.type) {
      case 'turn.stored':
        return this.#confirm(message.id, message.cloud ?? false);
      case 'turn.done':
        if (wire && message.turn === wire.number) this.#finish(wire);
        return;
      case 'error':
        if (wire && message.turn === wire.number) this.#fail(message.code);
        return;
      case 'pair.pending':
        return this.#waiting?.onDown(notPaired());
    }
  }

  #finish({ turn, next }: Wire): void {
    this.#wire = undefined;
    this.#turns.finish(turn, next > 0 ? 'done' : 'unanswered', false);
  }

  #fail(code: string): void {
    const wire = this.#wire;
    if (!wire) return;
    const { clock } = this.#options;
    this.#saying?.stop();
    this.#acks.stop();
    this.#wire = undefined;
    this.#turns.fail(wire.turn, code);
    // A person speaks to the end, and not again before it.
    const end = () => {
      this.#turns.finish(wire.turn, 'failed', false);
      this.#turns.settle(wire.turn.spoken);
    };
    const timer = clock.setTimeout(end, Math.max(0, wire.endsAtMs - clock.now()));
    this.#saying = { stop: () => clock.clearTimeout(timer) };
  }

  #confirm(id: string, inCloud: boolean): void {
    const spoken = this.#recent.find((each) => each.id === id);
    if (spoken) this.#turns.confirm(spoken, inCloud);
  }

  #remember(spoken: LoadTurn): void {
    this.#recent.push(spoken);
    if (this.#recent.length > REMEMBERED_TURNS) this.#recent.shift();
  }

  #acknowledge(): void {
    const wire = this.#wire;
    if (wire) this.#connection.send({ type: 'ack', turn: wire.number, next: wire.next });
  }

  #onDown(error: EarshotError): void {
    this.#connections.onFailed(error.code);
    this.#fail(error.code);
    // Its confirmations went to the connection that is lost.
    for (const spoken of this.unconfirmed) this.#turns.settle(spoken);
    this.#waiting?.onDown(error);
  }
}

/** Trying again would not help: the token is refused, or the gateway has as many devices as it may (HTTP 503). */
function isRefusal({ code, message }: EarshotError): boolean {
  return code === 'token_refused' || code === 'gateway_refused' || /\b503\b/.test(message);
}
