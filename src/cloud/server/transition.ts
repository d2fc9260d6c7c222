/**
 * Messages of the sync protocol that carry answers, put together from texts that are stored: nothing is stringified again for each client.
 */
import type { Outcome } from '../runtime/runtime.ts';
import type { QueryAnswer } from './query-answer.ts';

/** Characters of one message of a Transition; a longer one is sent in parts, as a real backend does. */
const MAX_MESSAGE_CHARACTERS = 5_000_000;
/** From this version on the official client puts the parts together. */
const FIRST_CHUNK_VERSION = [1, 28, 0] as const;

/** What a client has been told: which set of queries, on behalf of which identity, and of when. */
export interface StateVersion {
  querySet: number;
  identity: number;
  ts: bigint;
}

export interface Transition {
  start: StateVersion;
  end: StateVersion;
  changes: readonly { queryId: number; answer: QueryAnswer }[];
  removed: readonly number[];
  /** Milliseconds by which the client's clock is ahead; undefined: it has not said its time. */
  clientClockSkewMs: number | undefined;
}

export function transitionMessage({ start, end, changes, removed, clientClockSkewMs }: Transition): string {
  const modifications = [
    ...removed.map((queryId) => `{"type":"QueryRemoved","queryId":${queryId}}`),
    ...changes.map(({ queryId, answer: { body, journal } }) => {
      return `{${body},"queryId":${queryId},"journal":${JSON.stringify(journal)}}`;
    }),
  ];
  const skew = clientClockSkewMs === undefined ? '' : `,"clientClockSkew":${clientClockSkewMs}`;
  const versions = `"startVersion":${versionText(start)},"endVersion":${versionText(end)}`;
  return `{"type":"Transition",${versions},"modifications":[${modifications.join()}]${skew},"serverTs":${end.ts}}`;
}

/** The messages of which a Transition consists. */
export function inParts(text: string, supportsChunks: boolean, maxCharacters = MAX_MESSAGE_CHARACTERS): string[] {
  if (!supportsChunks || text.length <= maxCharacters) return [text];
  const chunks: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + maxCharacters, text.length);
    // Not between the two halves of a character.
    if (to < text.length && isHighSurrogate(text.charCodeAt(to - 1))) to -= 1;
    chunks.push(text.slice(from, to));
    from = to;
  }
  return chunks.map((chunk, partNumber) =>
    JSON.stringify({
      type: 'TransitionChunk',
      chunk,
      partNumber,
      totalParts: chunks.length,
      transitionId: String(text.length),
    }),
  );
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code < 0xdc00;
}

/** @param version of the client, as it stands in the address of the socket: `1.48.0` */
export function supportsChunks(version: string): boolean {
  const numbers = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (!numbers) return false;
  for (const [i, first] of FIRST_CHUNK_VERSION.entries()) {
    const number = numbers[i] ?? 0;
    if (number !== first) return number > first;
  }
  return true;
}

export function responseText(
  type: 'MutationResponse' | 'ActionResponse',
  requestId: number,
  outcome: Outcome,
  ts?: bigint,
): string {
  const head = `{"type":"${type}","requestId":${requestId},"success":${outcome.ok}`;
  if (outcome.ok) {
    const when = ts === undefined ? '' : `,"ts":"${encodeTimestamp(ts)}"`;
    return `${head},"result":${outcome.text}${when},"logLines":[]}`;
  }
  const errorData = outcome.data === undefined ? '' : `,"errorData":${JSON.stringify(outcome.data)}`;
  return `${head},"result":${JSON.stringify(outcome.message)}${errorData},"logLines":[]}`;
}

function versionText({ querySet, identity, ts }: StateVersion): string {
  return `{"querySet":${querySet},"identity":${identity},"ts":"${encodeTimestamp(ts)}"}`;
}

/** Eight bytes, little-endian, in Base64. */
export function encodeTimestamp(ts: bigint): string {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64LE(ts);
  return bytes.toString('base64');
}

/** Undefined: it is none. */
export function decodeTimestamp(text: string): bigint | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 8 ? bytes.readBigUInt64LE() : undefined;
}
