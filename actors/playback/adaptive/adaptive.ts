/**
 * Earshot's jitter buffer: as little delay as the link allows. It plays a little faster or slower where this is not
 * audible.
 *
 * `live` minimises the delay. `reply` is for audio that was sent ahead of real time: it starts with the first packet,
 * uses the surplus as a safety margin, and never speeds up. Method and reasons: docs/playback.md. The parts are in
 * adaptive/; this file calls them in order.
 */
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { AudioPacket } from '../../../src/protocol/packet.ts';
import { FrameReader } from '../frame-reader.ts';
import {
  type FrameDecoder,
  type JitterBuffer,
  type JitterBufferStats,
  type PullState,
  TICK_SAMPLES,
} from '../jitter-buffer.ts';
import { PAUSE, PacketBuffer } from '../packet-buffer.ts';
import { PlaybackStatistics } from '../playback-statistics.ts';
import { BackgroundNoise } from './background-noise.ts';
import { DecisionLogic } from './decision-logic.ts';
import { DelayManager } from './delay-manager.ts';
import { Expander } from './expander.ts';
import { Gap } from './gap.ts';
import { FADE_SAMPLES } from './merge.ts';
import { MIN_LAG_SAMPLES, PitchSearch, TEMPLATE_SAMPLES } from './pitch-search.ts';
import { Playhead } from './playhead.ts';
import { PlayoutEngine } from './playout-engine.ts';
import { RelativeDelayTracker } from './relative-delay-tracker.ts';
import { SoundSource } from './sound-source.ts';
import { SyncBuffer } from './sync-buffer.ts';
import { LONGEST_CUT_SAMPLES, TimeStretch } from './time-stretch.ts';

export interface AdaptivePolicy {
  mode: 'live' | 'reply';
  /**
   * Weight of interruptions relative to the default: selects the point on the Pareto curve of interruptions against
   * delay.
   */
  interruptionWeight?: number;
  /** Statistics of the path from earlier streams. A new instance by default. */
  delayManager?: DelayManager;
}

/** With more buffered audio than `maxMs` a mode skips until `remainingMs` is left. */
const LIMITS = {
  /** Above 4 s of delay a conversation is not possible. 1 s is left, because the cause may continue. */
  live: { maxMs: 4_000, remainingMs: 1_000 },
  /** Several times what a device advertises: only a sender that ignores that reaches it. */
  reply: { maxMs: 15_000, remainingMs: 12_000 },
} as const;

/** Live: the first packet waits at most this long for a second one. */
const FIRST_WAIT_MS = 40;
/**
 * The delay manager chooses by the packets that have arrived; the next one may be later than all of them. In live mode
 * a delay that is not much longer than a cut could not be shortened any more when the card's clock is slow. A reply is
 * never shortened, so it pays for each ms to its end: on a steady path it has less.
 */
const MARGIN_MS = 8;
const REPLY_MARGIN_OF_TARGET = 0.2;
/** Share of the limit that a target may use. */
const TARGET_OF_LIMIT = 0.6;
/** Decoded ahead: a tick, the search template and the longest cut: 50 ms. */
const PENDING_SAMPLES = TICK_SAMPLES + TEMPLATE_SAMPLES + LONGEST_CUT_SAMPLES;
/** A frame this short is Opus' signal of silence (DTX). */
const DTX_FRAME_BYTES = 2;
/** When the next packet is later than this and than usual, the remaining audio is saved for stretching. */
const SPARED_FROM_MS = 10;
/** When the delay exceeds the target by this much, pauses of the sender are shortened by whole frames. */
const PAUSE_EXCESS_MS = 10;

export function createAdaptiveJitterBuffer(decoder: FrameDecoder, policy: AdaptivePolicy): JitterBuffer {
  return new AdaptiveJitterBuffer(decoder, policy);
}

class AdaptiveJitterBuffer implements JitterBuffer {
  readonly limitMs: number;
  private readonly queue = new PacketBuffer();
  private readonly clock = new RelativeDelayTracker();
  private readonly syncBuffer = new SyncBuffer();
  private readonly backgroundNoise = new BackgroundNoise();
  private readonly pitchSearch = new PitchSearch();
  private readonly gap = new Gap();
  private readonly statistics = new PlaybackStatistics();
  private readonly playhead = new Playhead(this.queue, this.syncBuffer, this.gap, this.clock);
  private readonly timeStretch = new TimeStretch(this.syncBuffer, this.pitchSearch);
  private readonly expander = new Expander(this.syncBuffer, this.pitchSearch, this.backgroundNoise);
  private readonly fade = new Float32Array(FADE_SAMPLES);
  private readonly reader: FrameReader;
  private readonly source: SoundSource;
  private readonly playout: PlayoutEngine;
  private readonly delayManager: DelayManager;
  private readonly decision: DecisionLogic;
  private readonly mode: AdaptivePolicy['mode'];
  state: PullState = 'priming';
  private firstArrivalMs = 0;

  constructor(
    decoder: FrameDecoder,
    { mode, interruptionWeight, delayManager = new DelayManager(interruptionWeight) }: AdaptivePolicy,
  ) {
    this.mode = mode;
    this.limitMs = LIMITS[mode].maxMs;
    this.reader = new FrameReader(decoder);
    this.source = new SoundSource(this.queue, this.reader, this.syncBuffer, this.backgroundNoise, this.statistics);
    const { queue, reader, syncBuffer, source, expander, gap, playhead, statistics } = this;
    this.playout = new PlayoutEngine({ queue, reader, syncBuffer, source, expander, gap, playhead, statistics });
    this.playhead.targetMs = FIRST_WAIT_MS;
    this.delayManager = delayManager;
    delayManager.renew(LIMITS[mode]);
    this.decision = new DecisionLogic(mode === 'reply');
  }

  push(packet: AudioPacket, nowMs: number): void {
    const { queue, clock, delayManager } = this;
    if (!queue.hasStarted) this.firstArrivalMs = nowMs;
    queue.accept(packet);
    if (packet.frames.length === 0) return;
    if (queue.isReset) this.reset();
    const mediaMs = queue.firstIndex * FRAME_MS;
    const baseMovedMs = clock.observe(nowMs, mediaMs);
    if (baseMovedMs !== 0) delayManager.shift(baseMovedMs);
    this.gap.watch(this.isMissing(), nowMs);
    if (!queue.isNewer) return;
    const latenessMs = nowMs - mediaMs - clock.baseMs;
    const packetMs = packet.frames.length * FRAME_MS;
    delayManager.observe(latenessMs, packetMs);
    this.playhead.newestLatenessMs = latenessMs;
    this.playhead.packetMs = packetMs;
    this.playhead.targetMs = Math.min(
      delayManager.targetMs + this.marginMs(),
      LIMITS[this.mode].maxMs * TARGET_OF_LIMIT,
    );
    this.playhead.usualLatenessMs = delayManager.usualLatenessMs;
    const newest = packet.frames[packet.frames.length - 1];
    this.playhead.senderIsSilent = newest !== undefined && newest.length <= DTX_FRAME_BYTES;
  }

  isReady(nowMs: number): boolean {
    const { queue, syncBuffer, playhead } = this;
    playhead.nowMs = nowMs;
    if (this.state === 'ended' || (this.state === 'priming' && !this.mayStart())) return false;
    const isThere = this.expander.isActive
      ? this.playout.mayMerge()
      : queue.has(queue.next) || syncBuffer.pending >= TICK_SAMPLES || this.isLast();
    return (
      isThere &&
      playhead.lateAt(nowMs) <= Math.max(SPARED_FROM_MS, Math.min(playhead.usualLatenessMs, playhead.targetMs))
    );
  }

  pull(out: Int16Array, dueMs: number, nowMs = dueMs): number {
    this.playhead.dueMs = dueMs;
    this.playhead.nowMs = nowMs;
    if (this.state === 'ended' || (this.state === 'priming' && !this.mayStart())) {
      out.fill(0);
      return out.length;
    }
    this.syncBuffer.compact();
    this.skipToLiveEdge();
    if (this.expander.isActive && this.playout.mayMerge()) this.playout.merge();
    if (!this.expander.isActive) this.fill(PENDING_SAMPLES);
    this.gap.watch(this.isMissing(), nowMs);
    this.stretch();
    const waitedSamples = this.playout.provide(out.length);
    const count = Math.min(out.length, this.syncBuffer.pending);
    this.syncBuffer.play(out, count);
    this.statistics.outSamples += count;
    if (count === 0) this.statistics.endConcealment();
    if (waitedSamples > 0 && this.state !== 'underrun') this.statistics.underruns += 1;
    this.state = count === 0 ? 'ended' : waitedSamples > 0 ? 'underrun' : 'playing';
    const filled = count || out.length;
    this.playhead.dueMs = dueMs + filled / SAMPLES_PER_MS;
    return filled;
  }

  get droppedFrames(): number {
    return this.statistics.droppedFrames + this.queue.discardedFrames;
  }

  stats(): JitterBufferStats {
    const { queue, statistics, reader, gap, syncBuffer } = this;
    const figures = statistics.figures(queue, reader);
    return {
      ...figures,
      lostMs: figures.lostMs + gap.doneSamples / SAMPLES_PER_MS,
      playedMs: this.playhead.mediaMs - queue.origin * FRAME_MS,
      bufferedMs: (queue.end - queue.next) * FRAME_MS + syncBuffer.pending / SAMPLES_PER_MS,
      delayMs: queue.hasStarted && Number.isFinite(this.clock.baseMs) ? this.playhead.delayMs : 0,
      targetMs: this.playhead.targetMs,
    };
  }

  release(): void {
    this.queue.release();
    this.syncBuffer.release();
  }

  /** Less than 10 ms are left, and nothing follows. */
  private isLast(): boolean {
    return this.queue.isFinished && this.syncBuffer.pending > 0;
  }

  private marginMs(): number {
    if (this.mode === 'live') return MARGIN_MS;
    return Math.min(MARGIN_MS, REPLY_MARGIN_OF_TARGET * this.delayManager.targetMs);
  }

  private isMissing(): boolean {
    return this.queue.end > this.queue.next && !this.queue.has(this.queue.next);
  }

  private mayStart(): boolean {
    const { queue } = this;
    if (!queue.hasStarted) return false;
    if (this.mode === 'reply' || queue.isComplete) return true;
    return (
      (queue.end - queue.next) * FRAME_MS >= FIRST_WAIT_MS || this.playhead.nowMs - this.firstArrivalMs >= FIRST_WAIT_MS
    );
  }

  /** The timestamps of the sender jumped: the delays and the playback position start again. */
  private reset(): void {
    this.clock.forget();
    this.gap.clear();
    this.source.isBroken = true;
  }

  /** Far too much is buffered: skips to the newest audio with a cross-fade. */
  private skipToLiveEdge(): void {
    const { queue, syncBuffer, gap, statistics, fade } = this;
    const { maxMs, remainingMs } = LIMITS[this.mode];
    if ((queue.end - queue.next) * FRAME_MS <= maxMs) return;
    const beforeMs = this.playhead.mediaMs;
    const keepMs = Math.min(maxMs * 0.8, Math.max(this.playhead.targetMs, remainingMs));
    const fadeSamples = this.expander.isActive ? 0 : Math.min(FADE_SAMPLES, syncBuffer.pending);
    for (let i = 0; i < fadeSamples; i++) fade[i] = syncBuffer.at(syncBuffer.read + i);
    statistics.lostSamples += gap.doneSamples;
    gap.clear();
    syncBuffer.write = syncBuffer.read;
    statistics.droppedFrames += queue.skipTo(queue.end - Math.ceil(keepMs / FRAME_MS));
    statistics.droppedSamples += Math.round((this.playhead.mediaMs - beforeMs) * SAMPLES_PER_MS);
    if (fadeSamples > 0) {
      this.source.isBroken = false;
      this.fill(FADE_SAMPLES);
      syncBuffer.crossFade(fade, syncBuffer.read, Math.min(fadeSamples, syncBuffer.pending));
    }
  }

  /** Decodes until this many samples are pending, if there are enough frames. */
  private fill(samples: number): void {
    const { queue, syncBuffer, source, statistics } = this;
    while (syncBuffer.pending < samples && queue.has(queue.next)) {
      const isPause = queue.peek(queue.next) === PAUSE;
      // Surplus delay is removed here first, because it is not audible. In a reply a pause is part of the speech, and
      // stays.
      if (isPause && this.mode === 'live' && this.playhead.delayMs > this.playhead.targetMs + PAUSE_EXCESS_MS) {
        queue.take();
        statistics.acceleratedSamples += RECOMMENDED_FRAME_SIZE;
      } else source.decodeNext();
    }
  }

  private stretch(): void {
    const { syncBuffer, decision, timeStretch, backgroundNoise, statistics } = this;
    const { pending, read } = syncBuffer;
    if (this.expander.isActive || pending < TEMPLATE_SAMPLES) return;
    const isPause = backgroundNoise.isPause(
      syncBuffer,
      read,
      Math.min(pending, TEMPLATE_SAMPLES + 2 * MIN_LAG_SAMPLES),
    );
    const isLongPause =
      isPause && backgroundNoise.isPause(syncBuffer, read, Math.min(pending, TEMPLATE_SAMPLES + LONGEST_CUT_SAMPLES));
    const { delayMs, targetMs: usualTargetMs } = this.playhead;
    // When all packets have arrived, no safety margin is needed.
    const targetMs = this.queue.isComplete ? Math.min(delayMs, usualTargetMs) : usualTargetMs;
    decision.decide(this.playhead, targetMs, isPause, isLongPause);
    if (decision.change === 'remove') {
      const removed = timeStretch.shorten(decision.maxSamples, decision.minCorrelation, isLongPause);
      decision.spend(removed);
      statistics.acceleratedSamples += removed;
    } else if (decision.change === 'insert') {
      const inserted = timeStretch.lengthen(decision.maxSamples, decision.minCorrelation, isPause);
      decision.spend(inserted);
      statistics.slowedSamples += inserted;
    }
  }
}
