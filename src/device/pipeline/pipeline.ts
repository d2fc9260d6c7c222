/**
 * The pipeline of the device: its stages, and the channels between them, in the order in which audio passes them.
 *
 *     microphone → capture ─ speech → encoder ─ encoded → offline ─ uplink → network → gateway
 *                                        ↑                   └─── backlog ──────↑ ↓
 *                                        └────────── encoderTuning ───────────────┤
 *     speaker ← player ←───────────────────── downlink ───────────────────────────┘ ← gateway
 *
 * Each stage is an actor. Capture, encoder and player run in the audio thread, or all on the main thread (`--threads one`). A stage knows
 * its channels, not the other stages.
 */
import type { EncoderTuning } from '../../../actors/codec/encoder.ts';
import { type Channel, type ChannelOptions, createChannel } from '../../core/actor/channel.ts';
import type { DownlinkPacket, SpeechEvent, UplinkPacket } from '../../core/actor/data-plane.ts';
import type { StoredTurn } from '../../core/turn-store/turn-file.ts';
import {
  FRAMES_PER_CHUNK,
  MAX_PLAYBACK_BUFFER,
  MAX_RECORDING_BUFFER,
  RECORDING_BUFFER_SIZE,
} from '../../protocol/format.ts';

/** Where each stage is defined. */
export const PIPELINE_STAGES = {
  /** Cuts the blocks of the microphone into frames of 20 ms. */
  capture: 'actors/capture/capture.ts',
  /** Encodes frames with Opus and gathers them into packets. */
  encoder: 'actors/codec/encoder.ts',
  /** Writes each packet to the disk, then passes it on. Plays a cached reply when there is no gateway. */
  offline: 'actors/offline/offline.ts',
  /** Sends packets to the gateway and receives those of the reply. */
  network: 'actors/network/network.ts',
  /** The jitter buffer, the decoder and the speaker. */
  player: 'actors/playback/player.ts',
} as const;

export type PipelineStage = keyof typeof PIPELINE_STAGES;

export interface PipelineChannel<Event> extends ChannelOptions {
  from: readonly PipelineStage[];
  to: PipelineStage;
  open(): Channel<Event>;
}

export const PIPELINE = {
  /** Frames of samples. A full channel drops new frames: the first words are worth more than the last. */
  speech: channel<SpeechEvent>(['capture'], 'encoder', {
    name: 'speech',
    limit: MAX_RECORDING_BUFFER * FRAMES_PER_CHUNK,
    whenFull: 'drop-newest',
  }),
  /** Packets that are not on the disk yet. */
  encoded: channel<UplinkPacket>(['encoder'], 'offline', {
    name: 'encoded',
    limit: RECORDING_BUFFER_SIZE,
    whenFull: 'drop-newest',
  }),
  /** Packets that are on the disk. */
  uplink: channel<UplinkPacket>(['offline'], 'network', {
    name: 'uplink',
    limit: RECORDING_BUFFER_SIZE,
    whenFull: 'drop-newest',
  }),
  /** Stored turns, one at a time, between live turns. */
  backlog: channel<StoredTurn>(['offline'], 'network', { name: 'backlog', limit: 1, whenFull: 'drop-oldest' }),
  /** Reports about packets on the link, and settings of the encoder. */
  encoderTuning: channel<EncoderTuning>(['network'], 'encoder', {
    name: 'encoder tuning',
    limit: 8,
    whenFull: 'drop-oldest',
  }),
  /** Packets of the reply, from the gateway or of a cached reply. */
  downlink: channel<DownlinkPacket>(['network', 'offline'], 'player', {
    name: 'downlink',
    limit: MAX_PLAYBACK_BUFFER,
    whenFull: 'drop-oldest',
  }),
};

function channel<Event>(
  from: readonly PipelineStage[],
  to: PipelineStage,
  options: ChannelOptions,
): PipelineChannel<Event> {
  return { from, to, ...options, open: () => createChannel<Event>(options) };
}
