/**
 * A turn in the form that a gateway's recorder receives.
 */

import { memorySpools, type Spools } from '../../actors/session/spool-folder.ts';
import type { CompletedTurn } from '../../actors/session/turn-recorder.ts';
import { createUtteranceAudio, type UtteranceAudio } from '../../actors/session/utterance-audio.ts';
import { type AudioPacket, encodePacket } from '../../src/protocol/packet.ts';

export function finishedTurn(
  packets: readonly AudioPacket[],
  changes: Partial<Omit<CompletedTurn, 'audio'>> & { id: string },
  spools: Spools = memorySpools,
): CompletedTurn & { audio: UtteranceAudio } {
  const meta = { device: 'kitchen', trigger: 'key', startedAtMs: 1, offline: false, ...changes } as const;
  const audio = createUtteranceAudio(spools.create(16), meta);
  for (const packet of packets) audio.append(encodePacket(packet));
  return { ...meta, audio };
}

/** Its content. */
export async function packetsOf({ audio }: Pick<CompletedTurn, 'audio'>): Promise<AudioPacket[]> {
  const packets: AudioPacket[] = [];
  for await (const some of audio.packets()) packets.push(...some);
  return packets;
}
