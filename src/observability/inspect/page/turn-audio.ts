/**
 * Plays the recorded packets of a turn: what was said, then what was heard. libopus is fetched when it is first needed.
 */
import { createFecDecoder } from '../../../../actors/codec/fec-decoder.ts';
import { type Libopus, loadLibopus } from '../../../../actors/codec/libopus.ts';
import { SAMPLE_RATE_HZ } from '../../../protocol/format.ts';
import { decodePacket } from '../../../protocol/packet.ts';
import type { Entry } from '../entries.ts';

export interface PlayingTurn {
  stop(): void;
}

export function hasAudio(entries: readonly Entry[]): boolean {
  return packetsOf(entries, 'up').length + packetsOf(entries, 'down').length > 0;
}

let libopus: Promise<Libopus> | undefined;

/** @param onEnd it was played, or stopped */
export function playTurn(entries: readonly Entry[], onEnd: () => void, onFailed: (error: Error) => void): PlayingTurn {
  const context = new AudioContext();
  let isStopped = false;
  const stop = () => {
    if (isStopped) return;
    isStopped = true;
    void context.close();
    onEnd();
  };
  libopus ??= fetchLibopus();
  libopus
    .then((opus) => {
      if (isStopped) return;
      const samples = (['up', 'down'] as const).flatMap((way) => decode(opus, packetsOf(entries, way)));
      const buffer = context.createBuffer(1, samples.length, SAMPLE_RATE_HZ);
      buffer.copyToChannel(Float32Array.from(samples), 0);
      const source = new AudioBufferSourceNode(context, { buffer });
      source.onended = stop;
      source.connect(context.destination);
      source.start();
    })
    .catch((error: unknown) => {
      libopus = undefined;
      if (isStopped) return;
      isStopped = true;
      void context.close();
      onFailed(error instanceof Error ? error : new Error(String(error)));
    });
  return { stop };
}

async function fetchLibopus(): Promise<Libopus> {
  const answer = await fetch('opus.wasm');
  if (!answer.ok) throw new Error(`The decoder could not be fetched (HTTP ${answer.status}).`);
  return loadLibopus(new Uint8Array(await answer.arrayBuffer()));
}

function packetsOf(entries: readonly Entry[], way: 'up' | 'down'): string[] {
  return entries.flatMap((entry) =>
    entry.k === 'packets'
      ? (entry[way] ?? []).flatMap(([, , , , , packet]) => (packet === undefined ? [] : [packet]))
      : [],
  );
}

/** From -1 to 1. */
function decode(opus: Libopus, packets: readonly string[]): number[] {
  const decoder = createFecDecoder(opus);
  const samples: number[] = [];
  for (const packet of packets) {
    const bytes = Uint8Array.from(atob(packet), (character) => character.charCodeAt(0));
    const decoded = decodePacket(bytes);
    if (!decoded.ok) continue;
    for (const frame of decoded.packet.frames)
      for (const sample of decoder.decode(frame)) samples.push(sample / 32_768);
  }
  return samples;
}
