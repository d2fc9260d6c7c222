/**
 * The encoder: speech frames in, packets out, strictly in order. It encodes frames as they arrive on the speech channel, with a new Opus
 * encoder for each turn.
 */

import type { ActorDefinition } from '../../src/core/actor/actor.ts';
import type { Channel } from '../../src/core/actor/channel.ts';
import type { ReceiverReport, SpeechEvent, UplinkPacket } from '../../src/core/actor/data-plane.ts';
import type { EncoderContract } from '../../src/core/contracts/index.ts';
import { errorInfo } from '../../src/core/errors.ts';
import { type AudioPacket, encodePacket } from '../../src/protocol/packet.ts';
import { createEncoderController } from './encoder-controller.ts';
import type { EncoderSettings, FrameEncoder } from './encoder-settings.ts';
import { createPacketizer, type Packetizer } from './packetizer.ts';

export interface EncoderOptions {
  /** May throw an EarshotError. What can be restarted is used for one turn after the other. */
  createEncoder: (settings: EncoderSettings) => FrameEncoder;
  /** The initial settings, also after a crash. */
  settings: () => EncoderSettings;
  tuning: Channel<EncoderTuning>;
  framesPerPacket: number;
  speech: Channel<SpeechEvent>;
  uplink: (packet: UplinkPacket) => void;
}

/** Changes the encoder while it runs. */
export type EncoderTuning =
  | { type: 'report'; report: ReceiverReport }
  /** The operator's bitrate: the limit of the controller from now on. */
  | { type: 'settings'; settings: EncoderSettings };

interface Encoding {
  turn: number;
  encoder: FrameEncoder;
  packetizer: Packetizer;
  frames: number;
  packets: number;
  bytes: number;
  encodeMs: number;
  /** Capture times of the frames in the unfinished packet. */
  waiting: number[];
  packetFillMs: number;
}

export function defineEncoder(options: EncoderOptions): ActorDefinition<EncoderContract> {
  const { createEncoder, framesPerPacket, speech, tuning, uplink } = options;
  return ({ send, clock, log, receive }) => {
    let controller = createEncoderController(options.settings());
    let current: Encoding | undefined;
    /** The encoder of the turn before, which the next turn uses again (50 KB). */
    let spare: FrameEncoder | undefined;
    /** An aborted turn: its frames are ignored. */
    let deadTurn = 0;
    /** Until then each frame is a packet. */
    let hasty = { turn: 0, untilMs: 0 };
    let droppedBefore = 0;

    function begin(turn: number): Encoding {
      return {
        turn,
        encoder: newEncoder(),
        packetizer: createPacketizer(turn, framesPerPacket),
        frames: 0,
        packets: 0,
        bytes: 0,
        encodeMs: 0,
        waiting: [],
        packetFillMs: 0,
      };
    }

    function newEncoder(): FrameEncoder {
      if (spare?.restart) spare.restart(controller.settings);
      else spare = createEncoder(controller.settings);
      return spare;
    }

    function take(event: SpeechEvent): void {
      if (event.turn === deadTurn) return;
      try {
        if (current?.turn !== event.turn) {
          current = begin(event.turn);
          droppedBefore = speech.stats().dropped;
        }
        if (event.type === 'frame') encode(current, event);
        else finish(current);
      } catch (error) {
        give(event.turn);
        spare = undefined;
        send({ type: 'encoder.failed', turn: event.turn, error: errorInfo(error) });
      }
    }

    /** The channel was full while no encoder received from it. */
    function droppedFrames(): number {
      return speech.stats().dropped - droppedBefore;
    }

    function encode(encoding: Encoding, event: Extract<SpeechEvent, { type: 'frame' }>): void {
      const startedMs = clock.now();
      const frame = encoding.encoder.encode(event.samples);
      encoding.encodeMs += clock.now() - startedMs;
      encoding.frames += 1;
      encoding.waiting.push(event.lastSampleAtMs);
      const isHasty = hasty.turn === encoding.turn && startedMs < hasty.untilMs;
      encoding.packetizer.add(frame, event.timestamp, (packet) => dispatch(encoding, packet), isHasty);
    }

    function dispatch(encoding: Encoding, packet: AudioPacket): void {
      const bytes = encodePacket(packet);
      const now = clock.now();
      for (const capturedAtMs of encoding.waiting) encoding.packetFillMs += now - capturedAtMs;
      encoding.waiting.length = 0;
      encoding.packets += 1;
      encoding.bytes += bytes.length;
      const { sequence, final } = packet;
      uplink({ turn: encoding.turn, sequence, frames: packet.frames.length, final, bytes });
    }

    function finish(encoding: Encoding): void {
      const { turn, frames } = encoding;
      if (frames > 0) {
        dispatch(encoding, encoding.packetizer.finish());
        send({
          type: 'encoder.finished',
          turn,
          frames,
          packets: encoding.packets,
          bytes: encoding.bytes,
          encodeMs: encoding.encodeMs / frames,
          packetFillMs: encoding.packetFillMs / frames,
          droppedFrames: droppedFrames(),
        });
        if (droppedFrames() > 0) send({ type: 'encoder.overflow', turn, droppedFrames: droppedFrames() });
      }
      give(turn);
    }

    function give(turn: number): void {
      deadTurn = turn;
      current = undefined;
    }

    function tune(change: EncoderTuning): void {
      const before = controller.settings;
      if (change.type === 'settings') controller = createEncoderController(change.settings);
      else controller.report(change.report, clock.now());
      const { settings } = controller;
      if (settings === before) return;
      current?.encoder.configure(settings);
      const { bitrate, fec, packetLossPercent } = settings;
      log.info('encoder reconfigured', { bitrate, fec, packetLossPercent });
    }

    receive(speech, take);
    receive(tuning, tune);
    return {
      receive(event) {
        if (event.type === 'encoder.hasten') {
          hasty = { turn: event.turn, untilMs: clock.now() + event.forMs };
          return;
        }
        give(event.turn);
        speech.clear();
      },
      stop() {},
    };
  };
}
