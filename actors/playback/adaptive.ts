/**
 * Earshot's jitter buffer: as little delay as the link allows, by playing a little faster or slower where nobody hears it.
 *
 * `live` keeps the delay tight. `reply` is for what was sent ahead of real time: it starts with the first packet, keeps the
 * surplus as safety and never hurries. How and why: docs/playback.md. The parts are in adaptive/; here is their order.
 */
import { FRAME_MS, RECOMMENDED_FRAME_SIZE, SAMPLES_PER_MS } from '../../src/protocol/format.ts';
import type { AudioPacket } from '../../src/protocol/packet.ts';
import { ArrivalClock } from './adaptive/arrival-clock.ts';
import { Background } from './adaptive/background.ts';
import { Concealer } from './adaptive/concealer.ts';
import { Hole } from './adaptive/hole.ts';
import { Pace } from './adaptive/pace.ts';
import { FADE_SAMPLES, rejoin, SOUND_TO_ALIGN_SAMPLES } from './adaptive/rejoin.ts';
import { SampleStore } from './adaptive/sample-store.ts';
import { SoundSource } from './adaptive/sound-source.ts';
import { LONGEST_CUT_SAMPLES, Stretcher } from './adaptive/stretcher.ts';
import { TargetBank } from './adaptive/target-bank.ts';
import { MIN_LAG_SAMPLES, TEMPLATE_SAMPLES, WaveformMatch } from './adaptive/waveform-match.ts';
import { FrameQueue, PAUSE } from './frame-queue.ts';
import { FrameReader } from './frame-reader.ts';
import {
  type FrameDecoder,
  type JitterBuffer,
  type JitterBufferStats,
  type PullState,
  TICK_SAMPLES,
} from './jitter-buffer.ts';
import { PlaybackTally } from './playback-tally.ts';

export interface AdaptivePolicy {
  mode: 'live' | 'reply';
  /** How much worse than by default interruptions are than delay: the place on the Pareto curve. */
  interruptionWeight?: number;
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
/** The winner of the bank is judged by whole packets; a tick is what the card's demand adds. */
const TARGET_MARGIN_MS = 12;
/** Part of the limit that a target may take. */
const TARGET_OF_LIMIT = 0.6;
/** Decoded ahead: a tick, the template and the longest cut: 50 ms. */
const PENDING_SAMPLES = TICK_SAMPLES + TEMPLATE_SAMPLES + LONGEST_CUT_SAMPLES;
/** A frame of so few bytes is Opus saying that there is silence (DTX). */
const DTX_FRAME_BYTES = 2;
/** Over the target by this, a sender's pause is shortened frame by frame. */
const PAUSE_EXCESS_MS = 10;
/** Under a delay this far below the target a hole is not shortened. */
const HOLE_LACK_MS = 15;
/** The end of a hole may go missing under the cross-fade: 3 ms less to make up. */
const HOLE_CUT_SAMPLES = 48;
/** What was made up while waiting counts towards a hole as far as the delay allows, and this more. */
const HOLE_CREDIT_MS = 10;

export function createAdaptiveJitterBuffer(decoder: FrameDecoder, policy: AdaptivePolicy): JitterBuffer {
  return new AdaptiveJitterBuffer(decoder, policy);
}

class AdaptiveJitterBuffer implements JitterBuffer {
  private readonly queue = new FrameQueue();
  private readonly clock = new ArrivalClock();
  private readonly store = new SampleStore();
  private readonly background = new Background();
  private readonly match = new WaveformMatch();
  private readonly hole = new Hole();
  private readonly tally = new PlaybackTally();
  private readonly stretcher = new Stretcher(this.store, this.match);
  private readonly concealer = new Concealer(this.store, this.match, this.background);
  private readonly fade = new Float32Array(FADE_SAMPLES);
  private readonly reader: FrameReader;
  private readonly source: SoundSource;
  private readonly bank: TargetBank;
  private readonly pace: Pace;
  private readonly mode: AdaptivePolicy['mode'];
  private state: PullState = 'priming';
  private firstArrivalMs = 0;
  private nowMs = 0;
  private targetMs = FIRST_WAIT_MS;
  private senderIsSilent = false;

  constructor(decoder: FrameDecoder, { mode, interruptionWeight = 1 }: AdaptivePolicy) {
    this.mode = mode;
    this.reader = new FrameReader(decoder);
    this.source = new SoundSource(this.queue, this.reader, this.store, this.background, this.tally);
    this.bank = new TargetBank(interruptionWeight);
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
    if (!queue.isNewer) return;
    bank.observe(nowMs - mediaMs - clock.baseMs, packet.frames.length * FRAME_MS);
    this.targetMs = Math.min(bank.targetMs + TARGET_MARGIN_MS, LIMITS[this.mode].mostMs * TARGET_OF_LIMIT);
    const newest = packet.frames[packet.frames.length - 1];
    this.senderIsSilent = newest !== undefined && newest.length <= DTX_FRAME_BYTES;
  }

  pull(out: Int16Array, nowMs: number): PullState {
    this.nowMs = nowMs;
    if (this.state === 'ended' || (this.state === 'priming' && !this.mayStart())) {
      out.fill(0);
      return this.state;
    }
    this.store.compact();
    this.skipToLiveEdge();
    if (this.concealer.isActive && this.queue.has(this.queue.next)) this.rejoin();
    if (!this.concealer.isActive) this.fill(PENDING_SAMPLES);
    this.hole.watch(this.isMissing(), nowMs);
    this.stretch();
    const waitedSamples = this.supplyTick();
    const count = Math.min(TICK_SAMPLES, this.store.pending);
    this.store.play(out, count);
    this.tally.outSamples += count;
    if (count === 0) this.tally.endConcealment();
    if (waitedSamples > 0 && this.state !== 'underrun') this.tally.underruns += 1;
    this.state = count === 0 ? 'ended' : waitedSamples > 0 ? 'underrun' : 'playing';
    return this.state;
  }

  stats(): JitterBufferStats {
    const { queue, tally, reader, hole, store } = this;
    const figures = tally.figures(queue, reader);
    return {
      ...figures,
      lostMs: figures.lostMs + hole.doneSamples / SAMPLES_PER_MS,
      playedMs: this.mediaMs - queue.origin * FRAME_MS,
      bufferedMs: (queue.end - queue.next) * FRAME_MS + store.pending / SAMPLES_PER_MS,
      delayMs: queue.hasStarted && Number.isFinite(this.clock.baseMs) ? this.delayMs : 0,
      targetMs: this.targetMs,
    };
  }

  /** Media time of the next sample. */
  private get mediaMs(): number {
    return this.queue.next * FRAME_MS - (this.store.pending - this.hole.doneSamples) / SAMPLES_PER_MS;
  }

  /** From the fastest arrival until the next sample is played. */
  private get delayMs(): number {
    return this.nowMs - this.mediaMs - this.clock.baseMs;
  }

  /** How late the next packet is already; nothing is late when nothing is due. */
  private get latenessMs(): number {
    if (this.senderIsSilent || this.queue.isComplete) return 0;
    return this.nowMs - this.queue.end * FRAME_MS - this.clock.baseMs;
  }

  private isMissing(): boolean {
    return this.queue.end > this.queue.next && !this.queue.has(this.queue.next);
  }

  private mayStart(): boolean {
    const { queue } = this;
    if (!queue.hasStarted) return false;
    if (this.mode === 'reply' || queue.isComplete) return true;
    return (queue.end - queue.next) * FRAME_MS >= FIRST_WAIT_MS || this.nowMs - this.firstArrivalMs >= FIRST_WAIT_MS;
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
    const beforeMs = this.mediaMs;
    const keepMs = Math.min(mostMs * 0.8, Math.max(this.targetMs, keptMs));
    const fadeSamples = this.concealer.isActive ? 0 : Math.min(FADE_SAMPLES, store.pending);
    for (let i = 0; i < fadeSamples; i++) fade[i] = store.at(store.read + i);
    tally.lostSamples += hole.doneSamples;
    hole.clear();
    store.write = store.read;
    tally.droppedFrames += queue.skipTo(queue.end - Math.ceil(keepMs / FRAME_MS));
    tally.droppedSamples += Math.round((this.mediaMs - beforeMs) * SAMPLES_PER_MS);
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
      if (isPause && this.mode === 'live' && this.delayMs > this.targetMs + PAUSE_EXCESS_MS) {
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
    const { delayMs } = this;
    // Once all has come there is nothing left to be safe against.
    const targetMs = this.queue.isComplete ? Math.min(delayMs, this.targetMs) : this.targetMs;
    pace.decide(delayMs, targetMs, this.latenessMs, isPause, isLongPause);
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

  /** Sees to it that a tick is pending, whatever it takes. Returns how much of it was made up for late frames. */
  private supplyTick(): number {
    const { queue, store, source, concealer, hole, tally } = this;
    while (store.pending < TICK_SAMPLES) {
      if (queue.has(queue.next)) {
        if (concealer.isActive) this.rejoin();
        else source.decodeNext();
      } else if (queue.isFinished) break;
      else if (hole.isLost(this.nowMs)) this.passHole();
      else {
        const missing = TICK_SAMPLES - store.pending;
        if (this.senderIsSilent && !concealer.isActive) {
          source.addNoise(missing);
          tally.slowedSamples += missing;
          return 0;
        }
        if (!concealer.isActive) hole.waitedSamples = 0;
        hole.waitedSamples += missing;
        this.makeUp(missing);
        return missing;
      }
    }
    return 0;
  }

  private makeUp(samples: number): void {
    this.concealer.extend(samples);
    this.tally.conceal(samples);
  }

  /** The next frame is lost: from its successor, or by the decoder; where sound is being made up already, more of that. */
  private passHole(): void {
    const { queue, store, source, concealer, hole } = this;
    const following = queue.peek(queue.next + 1);
    if (hole.doneSamples === 0 && following && this.reader.mayRecover(following))
      return queue.markRecoverable(queue.next);
    if (!concealer.isActive) return source.concealNext();
    const allowedSamples = Math.max(0, (this.delayMs - this.targetMs + HOLE_CREDIT_MS) * SAMPLES_PER_MS);
    const credit = Math.min(hole.waitedSamples, RECOMMENDED_FRAME_SIZE - hole.doneSamples, Math.floor(allowedSamples));
    hole.waitedSamples = 0;
    hole.doneSamples += credit;
    const mayCut = queue.has(queue.next + 1) && this.delayMs > this.targetMs - HOLE_LACK_MS;
    const wholeSamples = RECOMMENDED_FRAME_SIZE - (mayCut ? HOLE_CUT_SAMPLES : 0);
    const samples = Math.max(0, Math.min(TICK_SAMPLES - store.pending, wholeSamples - hole.doneSamples));
    this.makeUp(samples);
    hole.doneSamples += samples;
    if (hole.doneSamples >= wholeSamples) this.closeHole();
  }

  private closeHole(): void {
    this.tally.lostSamples += RECOMMENDED_FRAME_SIZE;
    this.tally.lostFrames += 1;
    this.hole.doneSamples = 0;
    this.queue.take();
    // The decoder must know that a frame went missing, or it takes the next one for its continuation.
    this.reader.conceal();
  }

  /** Real sound is here again. */
  private rejoin(): void {
    const { queue, store, source, concealer, hole, tally, fade } = this;
    const from = store.write;
    concealer.extend(FADE_SAMPLES);
    for (let i = 0; i < FADE_SAMPLES; i++) fade[i] = store.at(from + i);
    store.write = from;
    source.isBroken = false;
    while (store.write - from < SOUND_TO_ALIGN_SAMPLES && queue.has(queue.next)) source.decodeNext();
    // The frame that was given up for lost came after all: what was made up stands for its beginning.
    const covered = Math.min(hole.doneSamples, store.write - from);
    store.removeAt(from, covered);
    tally.lostSamples += covered;
    hole.doneSamples = 0;
    tally.acceleratedSamples += rejoin(store, fade, from);
    concealer.end();
    tally.endConcealment();
  }
}
