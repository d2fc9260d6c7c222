/**
 * Earshot's jitter buffer: as little delay as the link allows, by playing a little faster or slower where nobody hears it.
 *
 * `live` keeps the delay tight. `reply` is for what was sent ahead of real time: it starts with the first packet, keeps the
 * surplus as safety and never hurries. How and why: docs/playback.md. The parts are in adaptive/; here is their order.
 */
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../../src/protocol/format.ts';
import type { AudioPacket } from '../../../src/protocol/packet.ts';
import { FrameQueue, PAUSE } from '../frame-queue.ts';
import { FrameReader } from '../frame-reader.ts';
import {
  type FrameDecoder,
  type JitterBuffer,
  type JitterBufferStats,
  type PullState,
  TICK_SAMPLES,
} from '../jitter-buffer.ts';
import { PlaybackTally } from '../playback-tally.ts';
import { ArrivalClock } from './arrival-clock.ts';
import { Background } from './background.ts';
import { Concealer } from './concealer.ts';
import { Hole } from './hole.ts';
import { Pace } from './pace.ts';
import { Playhead } from './playhead.ts';
import { FADE_SAMPLES } from './rejoin.ts';
import { SampleStore } from './sample-store.ts';
import { SoundSource } from './sound-source.ts';
import { LONGEST_CUT_SAMPLES, Stretcher } from './stretcher.ts';
import { Supply } from './supply.ts';
import { TargetBank } from './target-bank.ts';
import { MIN_LAG_SAMPLES, TEMPLATE_SAMPLES, WaveformMatch } from './waveform-match.ts';

export interface AdaptivePolicy {
  mode: 'live' | 'reply';
  /** How much worse than by default interruptions are than delay: the place on the Pareto curve. */
  interruptionWeight?: number;
  /** What streams before have taught of the path; a belief of its own where there was none. */
  bank?: TargetBank;
}

/** What each mode does when more waits than it wants to hold, in ms: skip to what is kept. */
const LIMITS = {
  /** More than 4 s behind is no conversation any more; 1 s is kept because what caused it may go on. */
  live: { mostMs: 4_000, keptMs: 1_000 },
  /** Several times what a device advertises: only a sender that ignores that gets here. */
  reply: { mostMs: 15_000, keptMs: 12_000 },
} as const;

/** Live: a first packet waits so long for a second one. */
const FIRST_WAIT_MS = 40;
/**
 * The winner of the bank is judged by the packets that have come; the next one may be later than all of them. Live, a delay that
 * is not much longer than a cut could not be shortened any more when the card's clock is slow. A reply is not shortened: on a
 * steady path it needs no more than what this process may be late.
 */
const MARGIN_MS = 13;
const LEAST_REPLY_MARGIN_MS = 5;
const REPLY_MARGIN_OF_TARGET = 0.2;
/** Part of the limit that a target may take. */
const TARGET_OF_LIMIT = 0.6;
/** Decoded ahead: a tick, the template and the longest cut: 50 ms. */
const PENDING_SAMPLES = TICK_SAMPLES + TEMPLATE_SAMPLES + LONGEST_CUT_SAMPLES;
/** A frame of so few bytes is Opus saying that there is silence (DTX). */
const DTX_FRAME_BYTES = 2;
/** When the next packet is later than this and than what is usual, what is there is spared for stretching. */
const SPARED_FROM_MS = 10;
/** Over the target by this, a sender's pause is shortened frame by frame. */
const PAUSE_EXCESS_MS = 10;

export function createAdaptiveJitterBuffer(decoder: FrameDecoder, policy: AdaptivePolicy): JitterBuffer {
  return new AdaptiveJitterBuffer(decoder, policy);
}

class AdaptiveJitterBuffer implements JitterBuffer {
  readonly limitMs: number;
  private readonly queue = new FrameQueue();
  private readonly clock = new ArrivalClock();
  private readonly store = new SampleStore();
  private readonly background = new Background();
  private readonly match = new WaveformMatch();
  private readonly hole = new Hole();
  private readonly tally = new PlaybackTally();
  private readonly playhead = new Playhead(this.queue, this.store, this.hole, this.clock);
  private readonly stretcher = new Stretcher(this.store, this.match);
  private readonly concealer = new Concealer(this.store, this.match, this.background);
  private readonly fade = new Float32Array(FADE_SAMPLES);
  private readonly reader: FrameReader;
  private readonly source: SoundSource;
  private readonly supply: Supply;
  private readonly bank: TargetBank;
  private readonly pace: Pace;
  private readonly mode: AdaptivePolicy['mode'];
  state: PullState = 'priming';
  private firstArrivalMs = 0;

  constructor(
    decoder: FrameDecoder,
    { mode, interruptionWeight, bank = new TargetBank(interruptionWeight) }: AdaptivePolicy,
  ) {
    this.mode = mode;
    this.limitMs = LIMITS[mode].mostMs;
    this.reader = new FrameReader(decoder);
    this.source = new SoundSource(this.queue, this.reader, this.store, this.background, this.tally);
    const { queue, reader, store, source, concealer, hole, playhead, tally } = this;
    this.supply = new Supply({ queue, reader, store, source, concealer, hole, playhead, tally });
    this.playhead.targetMs = FIRST_WAIT_MS;
    this.bank = bank;
    bank.renew(LIMITS[mode]);
    this.pace = new Pace(mode === 'reply');
  }

  push(packet: AudioPacket, nowMs: number): void {
    const { queue, clock, bank } = this;
    if (!queue.hasStarted) this.firstArrivalMs = nowMs;
    queue.accept(packet);
    if (packet.frames.length === 0) return;
    if (queue.isReset) this.beginAnew();
    const mediaMs = queue.firstIndex * FRAME_MS;
    const baseMovedMs = clock.observe(nowMs, mediaMs);
    if (baseMovedMs !== 0) bank.shift(baseMovedMs);
    this.hole.watch(this.isMissing(), nowMs);
    if (!queue.isNewer) return;
    bank.observe(nowMs - mediaMs - clock.baseMs, packet.frames.length * FRAME_MS);
    this.playhead.targetMs = Math.min(bank.targetMs + this.marginMs(), LIMITS[this.mode].mostMs * TARGET_OF_LIMIT);
    this.playhead.usualLatenessMs = bank.usualLatenessMs;
    const newest = packet.frames[packet.frames.length - 1];
    this.playhead.senderIsSilent = newest !== undefined && newest.length <= DTX_FRAME_BYTES;
  }

  isReady(nowMs: number): boolean {
    const { queue, store, playhead } = this;
    playhead.nowMs = nowMs;
    if (this.state === 'ended' || (this.state === 'priming' && !this.mayStart())) return false;
    const isThere =
      queue.has(queue.next) || (!this.concealer.isActive && (store.pending >= TICK_SAMPLES || this.isLast()));
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
    this.store.compact();
    this.skipToLiveEdge();
    if (this.concealer.isActive && this.queue.has(this.queue.next)) this.supply.rejoin();
    if (!this.concealer.isActive) this.fill(PENDING_SAMPLES);
    this.hole.watch(this.isMissing(), nowMs);
    this.stretch();
    const waitedSamples = this.supply.provide(out.length);
    const count = Math.min(out.length, this.store.pending);
    this.store.play(out, count);
    this.tally.outSamples += count;
    if (count === 0) this.tally.endConcealment();
    if (waitedSamples > 0 && this.state !== 'underrun') this.tally.underruns += 1;
    this.state = count === 0 ? 'ended' : waitedSamples > 0 ? 'underrun' : 'playing';
    const filled = count || out.length;
    this.playhead.dueMs = dueMs + filled / SAMPLES_PER_MS;
    return filled;
  }

  get droppedFrames(): number {
    return this.tally.droppedFrames + this.queue.discardedFrames;
  }

  stats(): JitterBufferStats {
    const { queue, tally, reader, hole, store } = this;
    const figures = tally.figures(queue, reader);
    return {
      ...figures,
      lostMs: figures.lostMs + hole.doneSamples / SAMPLES_PER_MS,
      playedMs: this.playhead.mediaMs - queue.origin * FRAME_MS,
      bufferedMs: (queue.end - queue.next) * FRAME_MS + store.pending / SAMPLES_PER_MS,
      delayMs: queue.hasStarted && Number.isFinite(this.clock.baseMs) ? this.playhead.delayMs : 0,
      targetMs: this.playhead.targetMs,
    };
  }

  release(): void {
    this.queue.release();
    this.store.release();
  }

  /** Less than 10 ms are left, and nothing comes after them. */
  private isLast(): boolean {
    return this.queue.isFinished && this.store.pending > 0;
  }

  private marginMs(): number {
    if (this.mode === 'live') return MARGIN_MS;
    return Math.min(MARGIN_MS, LEAST_REPLY_MARGIN_MS + REPLY_MARGIN_OF_TARGET * this.bank.targetMs);
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

  /** The sender jumped in time: other delays, another place. */
  private beginAnew(): void {
    this.clock.forget();
    this.hole.clear();
    this.source.isBroken = true;
  }

  /** Far too much waits: cross-fade to what is new. */
  private skipToLiveEdge(): void {
    const { queue, store, hole, tally, fade } = this;
    const { mostMs, keptMs } = LIMITS[this.mode];
    if ((queue.end - queue.next) * FRAME_MS <= mostMs) return;
    const beforeMs = this.playhead.mediaMs;
    const keepMs = Math.min(mostMs * 0.8, Math.max(this.playhead.targetMs, keptMs));
    const fadeSamples = this.concealer.isActive ? 0 : Math.min(FADE_SAMPLES, store.pending);
    for (let i = 0; i < fadeSamples; i++) fade[i] = store.at(store.read + i);
    tally.lostSamples += hole.doneSamples;
    hole.clear();
    store.write = store.read;
    tally.droppedFrames += queue.skipTo(queue.end - Math.ceil(keepMs / FRAME_MS));
    tally.droppedSamples += Math.round((this.playhead.mediaMs - beforeMs) * SAMPLES_PER_MS);
    if (fadeSamples > 0) {
      this.source.isBroken = false;
      this.fill(FADE_SAMPLES);
      store.crossFade(fade, store.read, Math.min(fadeSamples, store.pending));
    }
  }

  /** Decodes until so many samples are pending, as far as there are frames. */
  private fill(samples: number): void {
    const { queue, store, source, tally } = this;
    while (store.pending < samples && queue.has(queue.next)) {
      const isPause = queue.peek(queue.next) === PAUSE;
      // Surplus delay goes here first, where it costs nothing; a pause in a reply is part of how it is spoken.
      if (isPause && this.mode === 'live' && this.playhead.delayMs > this.playhead.targetMs + PAUSE_EXCESS_MS) {
        queue.take();
        tally.acceleratedSamples += RECOMMENDED_FRAME_SIZE;
      } else source.decodeNext();
    }
  }

  private stretch(): void {
    const { store, pace, stretcher, background, tally } = this;
    const { pending, read } = store;
    if (this.concealer.isActive || pending < TEMPLATE_SAMPLES) return;
    const isPause = background.isPause(store, read, Math.min(pending, TEMPLATE_SAMPLES + 2 * MIN_LAG_SAMPLES));
    const isLongPause =
      isPause && background.isPause(store, read, Math.min(pending, TEMPLATE_SAMPLES + LONGEST_CUT_SAMPLES));
    const { delayMs, latenessMs, usualLatenessMs } = this.playhead;
    // Once all has come there is nothing left to be safe against.
    const targetMs = this.queue.isComplete ? Math.min(delayMs, this.playhead.targetMs) : this.playhead.targetMs;
    pace.decide(delayMs, targetMs, latenessMs, usualLatenessMs, isPause, isLongPause);
    if (pace.change === 'remove') {
      const removed = stretcher.shorten(pace.maxSamples, pace.minCorrelation, isLongPause);
      pace.spend(removed);
      tally.acceleratedSamples += removed;
    } else if (pace.change === 'insert') {
      const inserted = stretcher.lengthen(pace.maxSamples, pace.minCorrelation, isPause);
      pace.spend(inserted);
      tally.slowedSamples += inserted;
    }
  }
}
