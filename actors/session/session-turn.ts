/**
 * A turn at the gateway, from its start to the start of the next: the received utterance, the messages about the turn,
 * and the reply. It outlives a connection: a device that reconnects resumes it.
 */

import type { ReplyFrames } from '../../src/core/actor/data-plane.ts';
import type { Scope } from '../../src/core/actor/scope.ts';
import type { AnswerStage } from '../../src/core/contracts/index.ts';
import type { AudioFormat, DeviceMessage, GatewayMessage, ReplyTiming } from '../../src/protocol/control.ts';
import type { KnownFeature } from '../../src/protocol/features.ts';
import { type EndReason, isHandsFree, type Patience } from '../../src/protocol/listening.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';
import type { AttachedDevice } from './attached-device.ts';
import { ReplyDelivery, type ReplyDeliveryOptions } from './reply-delivery.ts';
import { createReplyQueue, type ReplyQueueOptions } from './reply-queue.ts';
import type { Spools } from './spool-folder.ts';
import { createTransitStatistics, type TransitStatistics } from './transit-statistics.ts';
import { createUplinkReceiver, type UplinkArrival, type UplinkLimits, type UplinkReceiver } from './uplink-receiver.ts';
import { createUtteranceAudio, type UtteranceAudio } from './utterance-audio.ts';

export type TurnStartMessage = Extract<DeviceMessage, { type: 'turn.start' }>;
export type TurnLimits = UplinkLimits & ReplyQueueOptions['limits'];

/**
 * How many times its memory limit an utterance may use while the disk is slow. The gateway stops reading, but packets
 * that are already in the network still arrive.
 */
const UTTERANCE_BURST = 16;
/** The same for a reply: a responder may give a long one at once, about five minutes of speech. */
const REPLY_BURST = 32;
/** Captions that are sent again after a reconnect: more than ten minutes of speech have. */
const MAX_CAPTIONS = 500;

/** The feature of a device that finds the end of speech itself, and can be helped. */
const LISTEN: KnownFeature = 'listen';

export interface SessionTurnOptions extends Pick<ReplyDeliveryOptions, 'bufferMs' | 'onPacket'> {
  start: TurnStartMessage;
  device: string;
  /** Of the device. */
  features: readonly string[];
  /** Of the reply. */
  format: AudioFormat;
  limits: TurnLimits;
  spools: Spools;
  scope: Pick<Scope, 'clock' | 'run'>;
  /** The whole reply was sent, but not `turn.done`. */
  onReplied: (turn: SessionTurn, frames: number) => void;
}

export class SessionTurn {
  readonly status = 'live';
  readonly start: TurnStartMessage;
  /** Set if the device finds the end of the utterance by listening, and can be helped. */
  readonly patience: Patience | undefined;
  /** Something was understood or answered: somebody spoke in it. */
  hasSpeech = false;
  /** Nobody spoke in it: it is not recorded. */
  isNoise = false;
  /** What is recorded of it. */
  readonly audio: UtteranceAudio;
  readonly transit: TransitStatistics = createTransitStatistics();
  readonly #receiver: UplinkReceiver;
  readonly #reply: ReplyDelivery;
  readonly #timing: ReplyTiming = {};
  readonly #format: AudioFormat;
  /** The messages about the turn, for a device that missed them: the last of each type. */
  #said: GatewayMessage[] = [];
  /** Sent again after the last packet of the reply, when that is sent again. */
  #done: GatewayMessage | undefined;
  #isAnnounced = false;
  #device: AttachedDevice | undefined;

  constructor(options: SessionTurnOptions) {
    const { start, device, features, format, limits, spools, scope, bufferMs, onPacket, onReplied } = options;
    const { turn, id, trigger, startedAt: startedAtMs, offline } = start;
    const meta = { id, device, trigger, startedAtMs, offline: offline !== undefined };
    this.start = start;
    const listens = features.includes(LISTEN) && isHandsFree(trigger) && !offline;
    this.patience = listens ? (start.patience ?? 'normal') : undefined;
    this.#format = format;
    this.#receiver = createUplinkReceiver(limits);
    this.audio = createUtteranceAudio(spools.create(UTTERANCE_BURST), meta);
    this.#reply = new ReplyDelivery({
      queue: createReplyQueue({
        turn,
        framesPerPacket: format.framesPerPacket,
        spool: spools.create(REPLY_BURST),
        limits,
      }),
      scope,
      bufferMs,
      timing: this.#timing,
      onPacket,
      onSent: (frames) => (this.#done ? this.#device?.send(this.#done) : onReplied(this, frames)),
    });
  }

  get number(): number {
    return this.start.turn;
  }

  /** First frame of the utterance that is missing. */
  get nextFrame(): number {
    return this.#receiver.next;
  }

  /** The device is connected when the turn starts. */
  attach(device: AttachedDevice): void {
    this.#device = device;
  }

  /** The device is connected again, and has the frames of the reply before this one. */
  resume(device: AttachedDevice, nextFrame: number): void {
    this.#device = device;
    for (const message of this.#said) device.send(message);
    if (this.#isAnnounced) this.#reply.resume(device, nextFrame);
    // After a reply, its FINAL packet, which is sent again, includes it.
    else if (this.#done) device.send(this.#done);
  }

  detach(): void {
    this.#device = undefined;
    this.#reply.hold();
  }

  /** A packet of the utterance. A new one is recorded; the caller passes it on. */
  add(packet: AudioPacket, bytes: Uint8Array, atMs: number): UplinkArrival {
    const due = this.#receiver.next;
    const arrival = this.#receiver.add(packet, bytes.length);
    if (arrival !== 'new') return arrival;
    this.transit.observe(packet, Math.max(0, packet.sequence - due), atMs);
    this.audio.append(bytes);
    this.#timing.firstReceivedAtMs ??= atMs;
    if (packet.final) this.#timing.finalReceivedAtMs = atMs;
    return arrival;
  }

  /**
   * Sends a message about the turn; it is repeated to a device that reconnects. Of each type only the last: a responder
   * may report its progress often. Of captions the last few hundred.
   */
  say(message: GatewayMessage): void {
    const isCaption = message.type === 'reply.text';
    const others = this.#said.filter(({ type }) => type !== message.type);
    const captions = isCaption ? this.#said.filter(({ type }) => type === message.type).slice(1 - MAX_CAPTIONS) : [];
    this.#said = [...others, ...captions, message];
    this.#device?.send(message);
  }

  /** Tells a device that listens that the sentence is probably not finished. One that reconnects would learn it too late. */
  hold(holdMs: number): void {
    if (this.patience && !this.#receiver.complete)
      this.#device?.send({ type: 'listen.hold', turn: this.number, holdMs });
  }

  /** The utterance is over, or nobody spoke in it. */
  endUtterance(reason: EndReason): void {
    if (!this.patience) return;
    this.isNoise = reason !== 'finished';
    // The device has ended it itself.
    if (!this.#receiver.complete || this.isNoise) this.say({ type: 'listen.end', turn: this.number, reason });
  }

  /** The first time counts. */
  noteStage(stage: AnswerStage, atMs: number): void {
    this.#timing[`${stage}AtMs`] ??= atMs;
  }

  /** A reply begins. */
  announce(text: string | undefined): void {
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    this.say({ type: 'reply.start', turn: this.number, audio: this.#format, ...(text !== undefined && { text }) });
    if (this.#device) this.#reply.start(this.#device);
  }

  addReply(frames: ReplyFrames): void {
    this.#reply.add(frames);
  }

  /** The device has the frames of the reply before this one. */
  acknowledge(nextFrame: number): void {
    this.#reply.acknowledge(nextFrame);
  }

  /** The gateway has finished with the turn. @param asks the reply asks the person something */
  finish(asks: boolean): void {
    const done = { type: 'turn.done', turn: this.number, id: this.start.id, timing: this.#timing } as const;
    this.#done = { ...done, ...(asks && { asks }) };
    this.#device?.send(this.#done);
  }

  /** The speaker has finished the reply: it will not be sent again. */
  onPlayed(): void {
    if (this.#done) this.#reply.release();
  }

  /** The turn is replaced by another, or dropped. A complete utterance is being recorded: the recorder discards it. */
  discard(): void {
    this.#reply.discard();
    if (!this.#receiver.complete) this.audio.discard();
  }
}
