/**
 * What was said and heard, out of a recording that was made with --record-audio: a WAV file for each turn and way.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import wavefile from 'wavefile';
import { createOpusDecoder } from '../../actors/codec/opus.ts';
import { concatenate } from '../../actors/sound/s16.ts';
import { EarshotError } from '../errors.ts';
import { CHANNELS, SAMPLE_RATE_HZ } from '../protocol/format.ts';
import { decodePacket } from '../protocol/packet.ts';
import type { Entry, PacketHead } from './entries.ts';

/**
 * Writes them to a folder and returns their names.
 * @throws EarshotError `file_unreadable` when the recording has none
 */
export function writeRecordedAudio(entries: readonly Entry[], folder: string): string[] {
  const names: string[] = [];
  mkdirSync(folder, { recursive: true });
  for (const [way, word] of [
    ['up', 'said'],
    ['down', 'heard'],
  ] as const) {
    for (const [turn, packets] of packetsByTurn(entries, way)) {
      const name = `turn-${turn}-${word}.wav`;
      const wav = new wavefile.WaveFile();
      wav.fromScratch(CHANNELS, SAMPLE_RATE_HZ, '16', decode(packets));
      writeFileSync(join(folder, name), wav.toBuffer());
      names.push(name);
    }
  }
  if (names.length > 0) return names;
  throw new EarshotError('file_unreadable', 'What was said is not in this recording', 'Record with --record-audio.');
}

function packetsByTurn(entries: readonly Entry[], way: 'up' | 'down'): Map<number, string[]> {
  const turns = new Map<number, string[]>();
  const heads: PacketHead[] = entries.flatMap((entry) => (entry.k === 'packets' ? entry[way] : []));
  for (const [turn, , , , , packet] of heads) {
    if (packet === undefined) continue;
    const packets = turns.get(turn) ?? [];
    packets.push(packet);
    turns.set(turn, packets);
  }
  return turns;
}

function decode(packets: string[]): Int16Array {
  const decoder = createOpusDecoder();
  const blocks: Int16Array[] = [];
  for (const packet of packets) {
    const decoded = decodePacket(Buffer.from(packet, 'base64'));
    if (!decoded.ok) continue;
    for (const frame of decoded.packet.frames) blocks.push(decoder.decode(frame).slice());
  }
  return concatenate(blocks);
}
