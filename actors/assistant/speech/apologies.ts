/**
 * What the person hears when there is no answer: short sentences, recorded in advance, so that they need neither a synthesizer
 * nor its model. deploy/apologies.ts makes the recordings.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '../../../src/core/errors.ts';
import { BUNDLED_APOLOGIES } from '../../../src/core/files/bundled.ts';
import { decodeOpusFile } from '../../../src/core/ogg/opus-file.ts';
import type { SpokenPart } from './spoken-reply.ts';

/** By the names of their files. */
export const APOLOGIES = {
  'not-understood': 'Sorry, I did not understand.',
  'no-answer': 'Sorry, I have no answer right now.',
  'too-slow': 'Sorry, the answer takes too long.',
  unreachable: 'Sorry, I cannot reach the service that I think with.',
  refused: 'Sorry, my service does not let me in. Please check the settings.',
  busy: 'Sorry, I am busy. Please ask me again in a minute.',
  'spent-enough': 'Sorry, the budget for today is used up.',
  'not-ready': 'Sorry, I am not ready yet. Please look at the log.',
  'no-home-assistant': 'Sorry, Home Assistant is not connected.',
} as const;

export type ApologyName = keyof typeof APOLOGIES;

const BY_CODE: Partial<Record<ErrorCode, ApologyName>> = {
  nothing_heard: 'not-understood',
  assistant_timeout: 'too-slow',
  assistant_unreachable: 'unreachable',
  assistant_key_refused: 'refused',
  assistant_rate_limited: 'busy',
  assistant_busy: 'busy',
  assistant_budget: 'spent-enough',
  assistant_config: 'not-ready',
  models_missing: 'not-ready',
  home_assistant_unavailable: 'no-home-assistant',
};

/** The sentence for this error, for any code. */
export type Apologies = (error: { code: ErrorCode }) => readonly SpokenPart[];

/** Reads all: 90 KB. @throws EarshotError `opus_file_invalid` */
export function openApologies(): Apologies {
  const parts = new Map(
    (Object.keys(APOLOGIES) as ApologyName[]).map((name): [ApologyName, readonly SpokenPart[]] => [
      name,
      [
        { type: 'sentence', text: APOLOGIES[name], fromMs: 0 },
        { type: 'frames', frames: decodeOpusFile(readFileSync(apologyPath(name))).packets },
      ],
    ]),
  );
  return ({ code }) => parts.get(BY_CODE[code] ?? 'no-answer') ?? [];
}

export function apologyPath(name: ApologyName): string {
  return join(BUNDLED_APOLOGIES, `${name}.opus`);
}
