/**
 * The specification's packet loss simulation ("Audio Quality Tests", 4): the same packets are lost, and three methods
 * replace them.
 */
import { SPECIFIED_SETTINGS } from '../../../actors/codec/encoder-settings.ts';
import { createOpusDecoder } from '../../../actors/codec/opus.ts';
import { createStreamDecoder } from '../../../actors/codec/opus-fec.ts';
import type { FrameDecoder } from '../../../actors/playback/jitter-buffer.ts';
import { RECOMMENDED_FRAME_SIZE } from '../../protocol/format.ts';
import { encodeSpeech } from './encoded-speech.ts';
import { logSpectralDistanceDb, segmentalSnrDb } from './quality.ts';
import { createRandom } from './random.ts';

export const REMEDIES = ['silence', 'concealment', 'fec'] as const;
export type Remedy = (typeof REMEDIES)[number];

export interface LossTest {
  speech: Int16Array;
  ratePercent: number;
  framesPerPacket: number;
  seed: number;
}

export interface LossResult {
  ratePercent: number;
  frames: number;
  lostFrames: number;
  /** Without loss: the reference. */
  reference: Int16Array;
  remedies: Record<Remedy, Remedied>;
}

export interface Remedied {
  samples: Int16Array;
  recoveredFrames: number;
  segmentalSnrDb: number;
  logSpectralDistanceDb: number;
}

export function testLoss({ speech, ratePercent, framesPerPacket, seed }: LossTest): LossResult {
  const packets = Math.max(1, Math.ceil(speech.length / RECOMMENDED_FRAME_SIZE / framesPerPacket));
  const count = packets * framesPerPacket;
  // The encoder is told the expected loss, at least the specification's 10 %: below that libopus writes no FEC.
  const packetLossPercent = Math.max(SPECIFIED_SETTINGS.packetLossPercent, ratePercent);
  const encoded = encodeSpeech(speech, { ...SPECIFIED_SETTINGS, packetLossPercent });
  const frames = Array.from({ length: count }, (_, i) => encoded.frame(i));
  const lostPackets = chooseLost(packets, ratePercent, seed);
  const isLost = (frame: number): boolean => lostPackets.has(Math.floor(frame / framesPerPacket));
  const reference = decodeAll(frames, () => false, 'concealment').samples;
  const remedy = (name: Remedy): Remedied => {
    const { samples, recoveredFrames } = decodeAll(frames, isLost, name);
    return {
      samples,
      recoveredFrames,
      segmentalSnrDb: round(segmentalSnrDb(reference, samples)),
      logSpectralDistanceDb: round(logSpectralDistanceDb(reference, samples)),
    };
  };
  return {
    ratePercent,
    frames: count,
    lostFrames: frames.filter((_, i) => isLost(i)).length,
    reference,
    remedies: { silence: remedy('silence'), concealment: remedy('concealment'), fec: remedy('fec') },
  };
}

/** Exactly the requested share, at random places: chance must not change the share of a short recording. */
function chooseLost(packets: number, ratePercent: number, seed: number): Set<number> {
  const random = createRandom(seed);
  const inRandomOrder = Array.from({ length: packets }, (_, packet) => ({ packet, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ packet }) => packet);
  return new Set(inRandomOrder.slice(0, Math.round((packets * ratePercent) / 100)));
}

function decodeAll(frames: readonly Uint8Array[], isLost: (frame: number) => boolean, remedy: Remedy) {
  const decoder: FrameDecoder = remedy === 'fec' ? createStreamDecoder() : createOpusDecoder();
  const samples = new Int16Array(frames.length * RECOMMENDED_FRAME_SIZE);
  let recoveredFrames = 0;
  for (const [i, frame] of frames.entries()) {
    const at = i * RECOMMENDED_FRAME_SIZE;
    if (!isLost(i)) samples.set(decoder.decode(frame), at);
    else if (remedy !== 'silence') {
      const next = frames[i + 1];
      const recovered = next && !isLost(i + 1) ? decoder.recover?.(next) : undefined;
      if (recovered) recoveredFrames += 1;
      samples.set(recovered ?? decoder.conceal(), at);
    }
  }
  return { samples, recoveredFrames };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
