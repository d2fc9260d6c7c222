/**
 * Every event that actors and machines exchange on the control plane: edges and statistics, never audio.
 *
 * A `turn` is the number of a turn in its daemon's life, from 1; whoever gets an event of another turn than its own
 * ignores it. Times (`…AtMs`) are ms since 1970 on the sender's clock, durations end in `Ms`.
 */
import type { ErrorInfo } from './errors.ts';
import type { PlaybackReport, ReplyTiming, Report, Settings } from './protocol/control.ts';

// ── the person ───────────────────────────────────────────────────────────────────────────────────────────────────────

export type Trigger = 'key' | 'signal' | 'file' | 'page';
/** `id` is a UUIDv7: the name of the turn that this starts, wherever it is kept. */
export type TalkPressed = { type: 'talk.pressed'; id: string; trigger: Trigger; atMs: number };
export type TalkReleased = { type: 'talk.released'; atMs: number };
export type TalkCancelled = { type: 'talk.cancelled' };
/** The line is idle and connected: a press will be taken. */
export type TriggerCommand = { type: 'trigger.ready' };
export type TriggerEvent = TalkPressed | TalkReleased | TalkCancelled;

// ── microphone ───────────────────────────────────────────────────────────────────────────────────────────────────────

export type CaptureCommand =
  | { type: 'capture.start'; turn: number }
  /** Deliver what was recorded so far, then end. */
  | { type: 'capture.stop'; turn: number }
  | { type: 'capture.abort'; turn: number };
export type CaptureEdge =
  | { type: 'capture.started'; turn: number; device: string; atMs: number }
  | ({ type: 'capture.ended'; turn: number; reason: 'stopped' | 'end-of-file' } & CaptureSummary)
  | { type: 'capture.failed'; turn: number; error: ErrorInfo }
  | { type: 'capture.lost'; turn: number; device: string }
  | { type: 'capture.recovered'; turn: number; device: string; missingMs: number };
export interface CaptureSummary {
  frames: number;
  /** When the last sample was spoken. */
  lastSampleAtMs: number;
  /** Mean time from a frame's last sample until the frame was handed on. */
  captureMs: number;
  overflows: number;
}

// ── encoder ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export type EncoderCommand = { type: 'encoder.abort'; turn: number };
export type EncoderEdge =
  | ({ type: 'encoder.finished'; turn: number } & EncoderSummary)
  | { type: 'encoder.failed'; turn: number; error: ErrorInfo };
export interface EncoderSummary {
  frames: number;
  packets: number;
  bytes: number;
  /** Mean time to encode one frame. */
  encodeMs: number;
  /** Mean time that a frame waited for its packet to fill. */
  packetFillMs: number;
  /** Frames that were lost because the mailbox was full. */
  droppedFrames: number;
}

// ── speaker ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export type PlayerCommand =
  | { type: 'player.open'; turn: number; minChunks: number }
  | { type: 'player.abort'; turn: number };
export type PlayerEdge =
  /** The first sample of the reply was given to the card. */
  | ({ type: 'player.started'; turn: number; atMs: number } & PlaybackStart)
  | { type: 'player.underrun'; turn: number }
  | { type: 'player.resumed'; turn: number; silenceMs: number }
  /** The last packet of the reply is in the buffer; nothing more will come. */
  | { type: 'player.draining'; turn: number }
  /** The card has played the last sample. */
  | ({ type: 'player.drained'; turn: number } & PlaybackSummary)
  | ({ type: 'player.aborted'; turn: number } & PlaybackSummary)
  | { type: 'player.failed'; turn: number; error: ErrorInfo }
  | { type: 'player.lost'; turn: number; device: string }
  | { type: 'player.recovered'; turn: number; device: string };
export interface PlaybackStart {
  /** From the first packet's arrival until its first sample went to the card. */
  bufferedMs: number;
  /** Mean time to decode one frame. */
  decodeMs: number;
  /** From the card taking a sample until it is heard, as the card says. */
  outputLatencyMs: number;
}
export interface PlaybackSummary {
  frames: number;
  playedMs: number;
  underruns: number;
  concealedMs: number;
  lateFrames: number;
  droppedFrames: number;
}

export type PlaybackCommand =
  | { type: 'playback.open'; turn: number }
  | { type: 'playback.abort'; turn: number }
  | { type: 'playback.latency'; roundTripMs: number };
export type PlaybackEdge =
  | ({ type: 'playback.started'; turn: number; atMs: number } & PlaybackStart)
  | { type: 'playback.underrun'; turn: number }
  | ({ type: 'playback.drained'; turn: number } & PlaybackSummary)
  | ({ type: 'playback.aborted'; turn: number } & PlaybackSummary)
  | { type: 'playback.failed'; turn: number; error: ErrorInfo };

// ── network ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What the conversation asks of the cloud. */
export type TurnCommand =
  | { type: 'turn.start'; turn: number; id: string; trigger: Trigger; startedAtMs: number }
  | { type: 'turn.abort'; turn: number; reason: AbortReason }
  | ({ type: 'turn.playback' } & PlaybackReport);
export type AbortReason = 'barge-in' | 'cancelled' | 'error';
/** What the cloud says of a turn. */
export type TurnEdge =
  /** The first packet of the turn went out. */
  | { type: 'uplink.started'; turn: number; atMs: number }
  | { type: 'uplink.finished'; turn: number; atMs: number; packets: number; bytes: number }
  | { type: 'turn.processing'; turn: number; transcript?: string }
  | { type: 'reply.started'; turn: number; text?: string }
  | { type: 'reply.finished'; turn: number; frames: number }
  | { type: 'turn.done'; turn: number; timing?: TurnTiming }
  | { type: 'turn.refused'; turn: number; error: ErrorInfo };
/** The gateway's times of a turn on the device's clock. */
export interface TurnTiming extends ReplyTiming {
  /** When the first packet of the reply arrived here. */
  firstReplyArrivedAtMs?: number;
}

export type NetworkCommand =
  | { type: 'network.connect' }
  | { type: 'network.close'; reason: string }
  | { type: 'network.report'; report: Report }
  | TurnCommand;
export type NetworkEdge =
  | { type: 'network.opened'; session: string }
  /** `spread` is random in 0…1: the link spreads its backoff by it, and stays deterministic itself. */
  | { type: 'network.closed'; error: ErrorInfo; retryable: boolean; spread: number }
  | { type: 'network.roundTrip'; roundTripMs: number; clockOffsetMs: number }
  | { type: 'settings.changed'; settings: Settings }
  | TurnEdge;

export type LinkCommand = { type: 'link.close' } | { type: 'link.retry' } | TurnCommand;
export type LinkEdge =
  | { type: 'link.up'; session: string }
  | { type: 'link.down'; error: ErrorInfo; retryInMs: number }
  | { type: 'link.roundTrip'; roundTripMs: number }
  | { type: 'settings.changed'; settings: Settings }
  | TurnEdge;

// ── supervision ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** An actor's host to its supervisor. */
export type ActorCrashed = { type: 'actor.crashed'; error: ErrorInfo };
/** A supervisor to the machine above it. */
export type ActorRestarting = {
  type: 'actor.restarting';
  actor: string;
  crashes: number;
  delayMs: number;
  error: ErrorInfo;
};
export type ActorRestarted = { type: 'actor.restarted'; actor: string };
export type SupervisionEdge = ActorRestarting | ActorRestarted;

// ── the gateway's side of one connection ─────────────────────────────────────────────────────────────────────────────

export type PeerCommand =
  | { type: 'peer.welcome'; session: string }
  | { type: 'peer.processing'; turn: number; transcript?: string }
  | { type: 'peer.reply'; turn: number; text?: string }
  | { type: 'peer.done'; turn: number; id: string }
  | { type: 'peer.refuse'; turn?: number; error: ErrorInfo; retryable: boolean }
  | { type: 'peer.flush'; turn: number }
  | { type: 'peer.close'; code: number; reason: string };
export type PeerEdge =
  | { type: 'peer.hello'; device: string; bufferMs: number }
  | { type: 'peer.turn'; turn: number; id: string; trigger: Trigger; startedAtMs: number }
  | { type: 'peer.abort'; turn: number; reason: string }
  /** The FINAL packet of the turn came: all that was said is here. */
  | { type: 'peer.final'; turn: number; frames: number }
  /** The last packet of the reply was sent. */
  | { type: 'peer.replied'; turn: number; frames: number }
  | ({ type: 'peer.playback' } & PlaybackReport)
  | { type: 'peer.closed'; code: number; reason: string };

export type ResponderCommand =
  | { type: 'responder.begin'; turn: number; id: string }
  | { type: 'responder.abort'; turn: number };
export type ResponderEdge =
  | { type: 'responder.processing'; turn: number; transcript?: string }
  | { type: 'responder.replying'; turn: number; text?: string }
  | { type: 'responder.finished'; turn: number }
  | { type: 'responder.failed'; turn: number; error: ErrorInfo };
