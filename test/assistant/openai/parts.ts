/** What the tests of the OpenAI provider share: settings for the peer, a log that is kept, requests. */

import type { BrainOutput, BrainRequest } from '../../../actors/assistant/parts/brain.ts';
import type { PartContext, ProviderSettings } from '../../../actors/assistant/parts/provider.ts';
import type { Usage } from '../../../actors/assistant/parts/usage.ts';
import { createOpusEncoder } from '../../../actors/codec/opus.ts';
import { defaultProfile } from '../../../src/core/device-profile.ts';
import { createLog } from '../../../src/core/log/create-log.ts';
import { systemClock } from '../../../src/core/time/clock.ts';
import { PEER_KEY, type Peer } from '../../assistant-peer/peer.ts';

export interface TestContext extends PartContext {
  lines: string[];
  used: Usage[];
}

export function testContext(): TestContext {
  const lines: string[] = [];
  const used: Usage[] = [];
  const log = createLog({ level: 'debug', format: 'json', write: (line) => lines.push(line), now: Date.now });
  return { clock: systemClock, log, lines, used, modelsFolder: '', reportUsage: (_device, usage) => used.push(usage) };
}

/** Of calls that should succeed: the peer recognises and speaks, and the machine may be busy. */
export const PATIENT_MS = 60_000;

export function settingsFor(peer: Pick<Peer, 'url'>, model: string, more: ProviderSettings = {}): ProviderSettings {
  return { url: peer.url, model, key: () => PEER_KEY, timeoutMs: PATIENT_MS, ...more };
}

export function brainRequest(text: string, more: Partial<BrainRequest> = {}): BrainRequest {
  const device = { ...defaultProfile('kitchen'), timeZone: 'Europe/Berlin' };
  return { text, history: [], device, tools: [], turnId: 'turn', nowMs: Date.UTC(2030, 0, 1, 8), ...more };
}

export const NEVER = new AbortController().signal;

export async function textOf(outputs: AsyncIterable<BrainOutput>): Promise<string> {
  let text = '';
  for await (const output of outputs) if (output.type === 'text') text += output.text;
  return text;
}

/** As a device sends them: 20 ms each. */
export function opusFrames(samples: Int16Array): Uint8Array[] {
  const encoder = createOpusEncoder();
  const frames: Uint8Array[] = [];
  for (let at = 0; at < samples.length; at += 320) {
    const frame = new Int16Array(320);
    frame.set(samples.subarray(at, at + 320));
    frames.push(encoder.encode(frame));
  }
  return frames;
}
