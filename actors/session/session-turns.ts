/**
 * The turns of one device, one after the other: receives the utterance, passes it to the responder and, when it is
 * complete, to the recorder, and sends the reply.
 */

import type { Channel } from '../../src/core/actor/channel.ts';
import type { ReceivedPacket, ReplyFrames } from '../../src/core/actor/data-plane.ts';
import type { Scope } from '../../src/core/actor/scope.ts';
import type { AnswerStage, DeviceConnectionContract } from '../../src/core/contracts/index.ts';
import type { ErrorInfo } from '../../src/core/errors.ts';
import type { DeviceMessage, GatewayMessage } from '../../src/protocol/control.ts';
import { FRAME_MS } from '../../src/protocol/format.ts';
import type { EndReason } from '../../src/protocol/listening.ts';
import { type AudioPacket, decodePacket, type PacketError, turnTagOf } from '../../src/protocol/packet.ts';
import { PacketAcks } from '../network/packet-acks.ts';
import type { AttachedDevice } from './attached-device.ts';
import type { DeviceQuota } from './device-quota.ts';
import { SessionTurn, type TurnLimits, type TurnStartMessage } from './session-turn.ts';
import type { Spools } from './spool-folder.ts';
import { TurnConfirmation } from './turn-confirmation.ts';
import type { TurnRecorder } from './turn-recorder.ts';
import type { WakeWords } from './wake-words.ts';

export interface SessionTurnsOptions {
  /** The device's name. */
  device: string;
  /** To the responder. */
  received: Channel<ReceivedPacket>;
  recorder: TurnRecorder;
  limits: TurnLimits;
  quota: DeviceQuota;
  /** Undefined: every device that hears a wake word answers. */
  wakeWords?: WakeWords | undefined;
  /** For the spools of a turn while it lasts. */
  spools: Spools;
  /** How much of a reply is sent ahead of real time. */
  bufferMs: () => number;
  scope: Scope;
  send: (event: DeviceConnectionContract['sends']) => void;
}

type TurnState =
  /** No turn has begun, or the last one was dropped. Owns nothing. */
  | { readonly status: 'none' }
  /**
   * The turn that began last, running or complete: the device may request its reply again. Owns all data of the turn.
   */
  | SessionTurn;

const QUOTA_STEP_MS = 1_000;

const NO_TURN = { status: 'none' } as const;

export class SessionTurns {
  readonly #options: SessionTurnsOptions;
  readonly #acks: PacketAcks;
  readonly #confirmation: TurnConfirmation;
  #state: TurnState = NO_TURN;
  #device: AttachedDevice | undefined;
  /** Complete, and it is not known yet whether somebody spoke in it: it is recorded when the responder has decided. */
  #undecided: SessionTurn | undefined;
  /** Audio that the quota does not know of yet. */
  #uncountedMs = 0;
  #uncountedBytes = 0;
  /** The number of the turn that began last, also after it was dropped: numbers must grow. */
  #newest = { turn: 0, id: '' };
  /** With which the device was woken last. */
  #wakeWord: string | undefined;

  constructor(options: SessionTurnsOptions) {
    this.#options = options;
    this.#acks = new PacketAcks(options.scope.clock, () => this.#acknowledge());
    this.#confirmation = new TurnConfirmation({
      device: options.device,
      recorder: options.recorder,
      scope: options.scope,
      sendToDevice: (message) => this.#device?.send(message),
      onStored: (turn, message) => {
        this.say(message);
        options.send({ type: 'device.stored', turn });
      },
    });
  }

  /** Whether a device that reconnects can resume this turn. */
  canResume(number: number): boolean {
    return this.#turn(number) !== undefined;
  }

  /** Of the turn that can be resumed: the first frame of the utterance that is missing. */
  get nextFrame(): number {
    return this.#state.status === 'live' ? this.#state.nextFrame : 0;
  }

  attach(device: AttachedDevice): void {
    this.detach();
    this.#device = device;
    if (this.#state.status === 'live') this.#state.attach(device);
  }

  /** The device was welcomed and resumes the turn: it has the frames of the reply before this one. */
  resume(nextFrame: number): void {
    if (this.#device && this.#state.status === 'live') this.#state.resume(this.#device, nextFrame);
  }

  detach(): void {
    this.#device = undefined;
    this.#flushQuota();
    this.#acks.stop();
    if (this.#state.status === 'live') this.#state.detach();
  }

  /**
   * Drops the data of the turn. Its recording is discarded when the recorder has it, or at once if the utterance is not
   * complete.
   */
  clear(): void {
    this.#flushQuota();
    this.#replace(NO_TURN);
  }

  /** A connected device begins a turn. */
  start(message: TurnStartMessage): void {
    if (!this.#device) return;
    const { device, quota, limits, spools, bufferMs, scope, send } = this.#options;
    const { turn: number, id, trigger, startedAt: startedAtMs, offline, announcement, wake } = message;
    // The same turn again: a device that reconnected after the turn was dropped.
    const isAgain = number === this.#newest.turn && id === this.#newest.id;
    if (number <= this.#newest.turn && !isAgain) {
      return this.#device.fault('turn_number', `turn ${number} after turn ${this.#newest.turn}`);
    }
    this.#flushQuota();
    const refusal = quota.takeTurn();
    if (refusal !== undefined) return this.#refuse(number, refusal);
    this.#newest = { turn: number, id };
    const turn = new SessionTurn({
      ...{ start: message, device, limits, spools, bufferMs, scope },
      features: this.#device.hello.features ?? [],
      format: this.#device.audioFormat,
      onPacket: () => this.#acks.onSent(),
      onReplied: (_, frames) => send({ type: 'device.replied', turn: number, frames }),
    });
    turn.attach(this.#device);
    this.#replace(turn);
    this.#wakeWord = wake?.word ?? this.#wakeWord;
    const wakeWord = trigger === 'follow-up' ? this.#wakeWord : undefined;
    send({
      ...{ type: 'device.turn', turn: number, id, trigger, startedAtMs, offline: offline !== undefined },
      ...(announcement !== undefined && { announcement }),
      ...(message.traceparent !== undefined && { traceparent: message.traceparent }),
      ...(turn.patience && { patience: turn.patience }),
      ...(wakeWord !== undefined && { wakeWord }),
    });
    if (wake && turn.patience) this.#claim(turn, wake);
    if (this.#state === turn && offline) this.#confirmation.confirmIfRecorded(turn, () => this.#state === turn);
  }

  /** Another device may have heard the wake word better: then this one is told to cancel the turn. */
  #claim(turn: SessionTurn, { ageMs, ...heard }: NonNullable<TurnStartMessage['wake']>): void {
    const { device, scope, wakeWords } = this.#options;
    const claim = { ...heard, device, group: this.#device?.hello.group ?? '', heardAtMs: scope.clock.now() - ageMs };
    wakeWords?.claim({
      ...claim,
      isCurrent: () => this.#state === turn && this.#device !== undefined,
      onLost: scope.guard(() => this.endUtterance(turn.number, 'elsewhere')),
    });
  }

  onPlayback({ turn: number, event }: Extract<DeviceMessage, { type: 'playback' }>): void {
    if (event === 'drained' || event === 'aborted') this.#turn(number)?.onPlayed();
  }

  onAck({ turn: number, next }: Extract<DeviceMessage, { type: 'ack' }>): void {
    this.#turn(number)?.acknowledge(next);
  }

  /** The bytes are valid during the call only. */
  onPacket(bytes: Uint8Array, atMs: number): PacketError | undefined {
    const decoded = decodePacket(own(bytes));
    if (!decoded.ok) return decoded.error;
    const { packet } = decoded;
    const turn = this.#state;
    if (turn.status === 'none' || packet.turn !== turnTagOf(turn.number)) return undefined;
    const due = turn.nextFrame;
    const arrival = turn.add(packet, bytes, atMs);
    switch (arrival) {
      case 'new':
        this.#count(packet.frames.length * FRAME_MS, bytes.length);
        // A turn that is sent at full speed must not be faster than the disk.
        if (turn.audio.isBehind) this.#device?.pauseUntil(() => turn.audio.caughtUp());
        this.#handOn(turn, packet);
        break;
      case 'ahead':
        this.#device?.fault('packet_ahead', `received frame ${packet.sequence}, expected ${due}`);
        break;
      case 'too-long':
      case 'too-large':
        this.#overrun(turn, arrival);
        return undefined;
    }
    this.#acks.onReceived();
    return undefined;
  }

  addReply(frames: ReplyFrames): void {
    this.#turn(frames.turn)?.addReply(frames);
  }

  /** Sends a message about a turn. For the current turn, it is repeated to a device that reconnects. */
  say(message: GatewayMessage & { turn: number }): void {
    // Something was understood.
    if (message.type === 'turn.processing') this.#noteSpeech(message.turn);
    const turn = this.#turn(message.turn);
    if (turn) turn.say(message);
    else this.#device?.send(message);
  }

  /** The sentence of the current turn is probably not finished. */
  hold(number: number, holdMs: number): void {
    this.#turn(number)?.hold(holdMs);
  }

  /** The utterance of the current turn is over, or nobody spoke in it. */
  endUtterance(number: number, reason: EndReason): void {
    const turn = this.#turn(number);
    turn?.endUtterance(reason);
    if (turn === this.#undecided) this.#decide();
  }

  /** How far the responder was with its answer, for the timing of `turn.done`. */
  noteStage(number: number, stage: AnswerStage, atMs: number): void {
    this.#turn(number)?.noteStage(stage, atMs);
  }

  announceReply(number: number, text: string | undefined): void {
    this.#noteSpeech(number);
    this.#turn(number)?.announce(text);
  }

  /** @param asks the reply asks the person something */
  finish(number: number, id: string, asks: boolean): void {
    this.#decide();
    const turn = this.#turn(number);
    if (turn) turn.finish(asks);
    else this.#device?.send({ type: 'turn.done', turn: number, id, ...(asks && { asks }) });
  }

  /** The turn is not needed any more. */
  flush(number: number): void {
    if (this.#turn(number)) this.clear();
  }

  #turn(number: number): SessionTurn | undefined {
    return this.#state.status === 'live' && this.#state.number === number ? this.#state : undefined;
  }

  #replace(next: TurnState): void {
    this.#decide();
    const old = this.#state;
    this.#state = next;
    if (old.status === 'live') old.discard();
  }

  /** The turn before is dropped in any case: the device does not wait for it any more. */
  #refuse(number: number, message: string): void {
    const { scope, send } = this.#options;
    scope.log.warn('a turn is refused', { reason: message });
    this.#device?.send({ type: 'error', code: 'turn_refused', message, turn: number, retryable: true });
    if (this.#state.status === 'live') send({ type: 'device.abort', turn: this.#state.number, reason: 'barge-in' });
  }

  #overrun(turn: SessionTurn, arrival: 'too-long' | 'too-large'): void {
    const { limits, send } = this.#options;
    this.clear();
    const most = arrival === 'too-long' ? `${limits.turnMs / 1_000} s of audio` : `${limits.turnBytes} bytes`;
    const error: ErrorInfo = {
      code: 'turn_refused',
      message: `The turn has more than ${most}`,
      hint: 'Speak in shorter turns.',
    };
    send({ type: 'device.overrun', turn: turn.number, error });
  }

  #handOn(turn: SessionTurn, packet: AudioPacket): void {
    const { received, send } = this.#options;
    if (packet.final) {
      this.#undecided = turn;
      if (!turn.patience || turn.hasSpeech || turn.isNoise) this.#decide();
      send({ type: 'device.final', turn: turn.number, frames: turn.nextFrame });
    }
    received.send({ turn: turn.number, packet });
  }

  #noteSpeech(number: number): void {
    const turn = this.#turn(number);
    if (turn) turn.hasSpeech = true;
    if (turn === this.#undecided) this.#decide();
  }

  /** Whether somebody spoke in a complete utterance is known now, or never will be. */
  #decide(): void {
    const turn = this.#undecided;
    this.#undecided = undefined;
    if (turn?.isNoise) turn.audio.discard();
    else if (turn) this.#options.scope.run(() => this.#confirmation.record(turn));
  }

  /** The quota is told once a second of audio, and whenever it could be asked: it need not be looked up for each packet. */
  #count(ms: number, bytes: number): void {
    this.#uncountedMs += ms;
    this.#uncountedBytes += bytes;
    if (this.#uncountedMs >= QUOTA_STEP_MS) this.#flushQuota();
  }

  #flushQuota(): void {
    if (this.#uncountedMs > 0) this.#options.quota.takeAudio(this.#uncountedMs, this.#uncountedBytes);
    this.#uncountedMs = 0;
    this.#uncountedBytes = 0;
  }

  #acknowledge(): void {
    const turn = this.#state;
    if (turn.status === 'none') return;
    this.#device?.send({ type: 'ack', turn: turn.number, next: turn.nextFrame, ...turn.transit.take() });
  }
}

/** As much of one connection's packets a socket keeps together. */
const MOST_TOGETHER_BYTES = 1_024;

/** Data that a responder may retain must not keep much other data in memory: a packet that is a part of a large buffer is copied. */
function own(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength <= Math.max(MOST_TOGETHER_BYTES, 2 * bytes.length) ? bytes : bytes.slice();
}
