/** The bytes of an utterance on the wire, while a person speaks and before there is a reply. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LONG_SPEECH } from '../support/speech.ts';
import { script, startTogether, talker } from './children.ts';
import type { PlainCards } from './plain-cards.ts';
import type { Result } from './result.ts';
import type { SecureGateway } from './secure-gateway.ts';

export interface WireOptions {
  /** With a responder that answers after the utterance. */
  gateway: SecureGateway;
  folder: string;
  cards: PlainCards | undefined;
  seconds: number;
  onProgress(share: number): void;
}

export async function measureWire({ gateway, folder, cards, seconds, onProgress }: WireOptions): Promise<Result> {
  const { url, certificate } = gateway;
  const { start, stopAll } = startTogether();
  try {
    if (cards) await start(script('./play-speech.ts', ['mouth'], cards.env)).says(/speaking/);
    const codec = start(script('./codec-only.ts'));
    const sound = cards
      ? { env: cards.env, args: ['--device', 'line'] }
      : { args: ['--input', LONG_SPEECH, '--output', 'null'] };
    const speaking = start(talker({ url, certificate, folder, name: 'speaking', ...sound }));
    const opusBytes = Number(await codec.says(/^\d+$/));
    await speaking.says(/ connected/);
    const before = gateway.sentOnWire(speaking.pid);
    const startedMs = performance.now();
    for (let i = 0; i < seconds; i++) {
      await sleep(1_000);
      onProgress(i / seconds);
    }
    const passed = (performance.now() - startedMs) / 1_000;
    const after = gateway.sentOnWire(speaking.pid);
    const perSecond = (what: keyof typeof after) => (after[what] - before[what]) / passed;
    const speech = cards ? 'dense speech' : 'speech with pauses, because no card could be created';
    return {
      name: 'bytes on the wire, uplink, TLS and all headers',
      unit: 'B/s',
      specification: '< 5 KB/s',
      goal: 4_700,
      measured: perSecond('bytes') + perSecond('acknowledgementBytes'),
      floor: { value: opusBytes, of: 'Opus frames alone' },
      detail: `${speech}; ${perSecond('segments').toFixed(1)} segments/s, ${perSecond('acknowledgementBytes').toFixed(0)} B/s of it are acknowledgements`,
    };
  } finally {
    await stopAll();
  }
}
