/**
 * Extracts the audio of a recording that was made with --record-audio: a WAV file for each turn and direction.
 */

import { join } from 'node:path';
import { createOpusDecoder } from '../../../actors/codec/opus.ts';
import { concatenate } from '../../../actors/sound/s16.ts';
import { wavOf } from '../../../actors/sound/wav-header.ts';
import { EarshotError } from '../../core/errors.ts';
import { checkFiles } from '../../core/files/check-files.ts';
import { makeOutputFolder, writeOutput } from '../../core/files/output-file.ts';
import { decodePacket } from '../../protocol/packet.ts';
import type { Entry, PacketHead } from './entries.ts';

/**
 * Writes the files to a folder and returns their paths. `recording`: the file that is read, which must not be
 * overwritten.
 * @throws EarshotError `file_unreadable` when it contains none, `usage`, `file_unwritable`
 */
export function writeRecordedAudio(entries: readonly Entry[], folder: string, recording: string): string[] {
  const sounds = (['up', 'down'] as const).flatMap((way) =>
    [...packetsByTurn(entries, way)].map(([turn, packets]) => ({
      path: join(folder, `turn-${turn}-${way === 'up' ? 'said' : 'heard'}.wav`),
      packets,
    })),
  );
  if (sounds.length === 0) {
    throw new EarshotError('file_unreadable', 'This recording has no audio', 'Record with --record-audio.');
  }
  const paths = sounds.map(({ path }) => path);
  checkFiles({ inputs: [recording], outputs: paths, makesFolder: true });
  makeOutputFolder(folder);
  for (const { path, packets } of sounds) writeOutput(path, wavOf(decode(packets)));
  return paths;
}

function packetsByTurn(entries: readonly Entry[], way: 'up' | 'down'): Map<number, string[]> {
  const turns = new Map<number, string[]>();
  const heads: PacketHead[] = entries.flatMap((entry) => (entry.k === 'packets' ? (entry[way] ?? []) : []));
  for (const [turn, , , , , packet] of heads) {
    // The number becomes part of a file's name, and a foreign recording may have anything there.
    if (!Number.isSafeInteger(turn) || typeof packet !== 'string') continue;
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
