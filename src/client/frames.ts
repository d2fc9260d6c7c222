/**
 * Audio of a program that brings and takes Opus frames itself: no microphone, no codec, no speaker. Its actors have the contracts of those of
 * a device, so the conversation does not know the difference.
 */
import { createPacketizer, type Packetizer } from '../../actors/codec/packetizer.ts';
import { actorLogic } from '../../machines/adapter/actor-host.ts';
import type { ActorDefinition, ActorScope } from '../core/actor/actor.ts';
import { createChannel } from '../core/actor/channel.ts';
import type { DownlinkPacket, UplinkPacket } from '../core/actor/data-plane.ts';
import type { HostOptions } from '../core/actor/run-actor.ts';
import {
  type CaptureContract,
  captureContract,
  type EncoderContract,
  encoderContract,
  listenerContract,
  type PlaybackSummary,
  type PlayerContract,
  playerContract,
} from '../core/contracts/index.ts';
import { EarshotError } from '../core/errors.ts';
import type { AudioActors } from '../device/device.ts';
import { FRAME_MS, MAX_PLAYBACK_BUFFER, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../protocol/format.ts';
import { type AudioPacket, decodePacket, encodePacket, MAX_FRAME_BYTES } from '../protocol/packet.ts';
import type { ClientAudio } from './client.ts';

/** Frames that wait for the conversation to begin their turn: a second. */
const MAX_WAITING = 50;

export interface FrameAudio extends ClientAudio {
  /** A frame of the turn that is recorded, or of the one that begins next. @throws EarshotError `frame_size` */
  send(frame: Uint8Array): void;
  /** Forgets frames that wait for their turn. */
  clear(): void;
}

export interface FrameAudioOptions {
  framesPerPacket: number;
  hosting: HostOptions;
  /** A frame of the reply of this turn. */
  onFrame(turn: number, frame: Uint8Array, atMs: number): void;
}

/** The turn that is recorded. */
interface Recording {
  readonly turn: number;
  readonly packetizer: Packetizer;
  readonly firstAtMs: number;
  lastAtMs: number;
  frames: number;
  packets: number;
  bytes: number;
}

export function createFrameAudio({ framesPerPacket, hosting, onFrame }: FrameAudioOptions): FrameAudio {
  const frames = createChannel<Uint8Array>({ name: 'frames', limit: MAX_WAITING, whenFull: 'drop-newest' });
  const downlink = createChannel<DownlinkPacket>({
    name: 'downlink',
    limit: MAX_PLAYBACK_BUFFER,
    whenFull: 'drop-oldest',
  });
  /** Tells the encoder's parent: capture and encoder are one here. */
  let tellEncoded: ActorScope<EncoderContract>['send'] = () => {};

  function capture(encoded: (packet: UplinkPacket) => void): ActorDefinition<CaptureContract> {
    return ({ send, clock, guard }) => {
      let recording: Recording | undefined;

      function pass(packet: AudioPacket, to: Recording): void {
        const { sequence, final } = packet;
        const bytes = encodePacket(packet);
        to.packets += 1;
        to.bytes += bytes.length;
        encoded({ turn: to.turn, sequence, frames: packet.frames.length, final, bytes });
      }

      function add(frame: Uint8Array): void {
        const to = recording;
        if (!to) return;
        to.lastAtMs = clock.now();
        if (to.frames === 0) send({ type: 'capture.started', turn: to.turn, device: 'frames', atMs: to.lastAtMs });
        to.packetizer.add(frame, to.frames * RECOMMENDED_FRAME_SIZE, (packet) => pass(packet, to));
        to.frames += 1;
      }

      function finish(of: Recording): void {
        leave();
        const { turn, frames, packetizer, firstAtMs, lastAtMs } = of;
        if (frames > 0) pass(packetizer.finish(), of);
        const { packets, bytes } = of;
        tellEncoded({
          ...{ type: 'encoder.finished', turn, frames, packets, bytes },
          ...{ encodeMs: 0, packetFillMs: 0, droppedFrames: 0 },
        });
        send({
          ...{ type: 'capture.ended', turn, reason: 'stopped', frames },
          ...{ firstSampleAtMs: firstAtMs, lastSampleAtMs: lastAtMs, captureMs: 0, overflows: 0 },
        });
      }

      /** Attached while a turn is recorded: frames of the next one wait in the channel. */
      const take = guard(add);

      function leave(): void {
        recording = undefined;
        frames.detach(take);
      }

      return {
        receive({ type, turn }) {
          if (type === 'capture.start') {
            const nowMs = clock.now();
            const packetizer = createPacketizer(turn, framesPerPacket);
            recording = { turn, packetizer, firstAtMs: nowMs, lastAtMs: nowMs, frames: 0, packets: 0, bytes: 0 };
            frames.receive(take);
          } else if (recording?.turn === turn) {
            if (type === 'capture.stop') finish(recording);
            else leave();
          }
        },
        stop: leave,
      };
    };
  }

  const encoder: ActorDefinition<EncoderContract> = ({ send }) => {
    tellEncoded = send;
    return { receive() {}, stop() {} };
  };

  return {
    send(frame) {
      if (frame.length === 0 || frame.length > MAX_FRAME_BYTES) throw wrongFrame(frame.length);
      frames.send(frame.slice());
    },
    clear: () => frames.clear(),
    actors(encoded): AudioActors {
      return {
        listener: actorLogic(listenerContract, () => ({ receive() {}, stop() {} }), hosting),
        capture: actorLogic(captureContract, capture(encoded), hosting),
        encoder: actorLogic(encoderContract, encoder, hosting),
        player: actorLogic(playerContract, framePlayer(downlink, onFrame), hosting),
        downlink: (packet) => downlink.send(packet),
        onReceiverReport() {},
      };
    },
  };
}

/** Plays a reply by handing its frames over as they come: the gateway sends them in real time. */
function framePlayer(
  downlink: ReturnType<typeof createChannel<DownlinkPacket>>,
  onFrame: FrameAudioOptions['onFrame'],
): ActorDefinition<PlayerContract> {
  return ({ send, clock, receive }) => {
    let turn = 0;
    let frames = 0;
    let startedAtMs = 0;

    function play({ turn: of, bytes }: DownlinkPacket): void {
      const decoded = of === turn ? decodePacket(bytes) : undefined;
      if (!decoded?.ok) return;
      const { packet } = decoded;
      packet.frames.forEach((frame, i) => {
        if (frames === 0) begin();
        frames += 1;
        onFrame(of, frame, packet.timestamp / SAMPLES_PER_MS + i * FRAME_MS);
      });
      if (!packet.final || turn !== of) return;
      send({ type: 'player.draining', turn: of });
      turn = 0;
      send({ type: 'player.drained', turn: of, ...summary() });
    }

    function begin(): void {
      startedAtMs = clock.now();
      send({ type: 'player.started', turn, atMs: startedAtMs, bufferedMs: 0, decodeMs: 0, outputLatencyMs: 0 });
    }

    function summary(): PlaybackSummary {
      const outMs = frames > 0 ? clock.now() - startedAtMs : 0;
      const faults = { underruns: 0, concealedMs: 0, lateFrames: 0, droppedFrames: 0, delayMs: 0 };
      return { frames, playedMs: frames * FRAME_MS, outMs, ...faults };
    }

    receive(downlink, play);
    return {
      receive(event) {
        if (event.type === 'player.open') {
          turn = event.turn;
          frames = 0;
        } else if (event.type === 'player.abort' && event.turn === turn) {
          turn = 0;
          send({ type: 'player.aborted', turn: event.turn, ...summary() });
        }
      },
      stop() {
        turn = 0;
      },
    };
  };
}

function wrongFrame(bytes: number): EarshotError {
  const message = `A frame has 1 to ${MAX_FRAME_BYTES} bytes, not ${bytes}`;
  return new EarshotError('frame_size', message, 'Send Opus frames of 20 ms.');
}
