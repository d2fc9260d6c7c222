/**
 * The examples of docs/protocol.md, read from the page.
 */
import { readFileSync } from 'node:fs';

export interface Example {
  language: string;
  /** The sender, `device` or `gateway`; or `packet`. */
  kind: string;
  /** The rest of the line that opens the block. */
  note: string;
  body: string;
}

export const protocolPage = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
export const protocolExamples: Example[] = [
  ...protocolPage.matchAll(/^```(\w+) (\w+)(?: (.*))?\n([\s\S]*?)^```$/gm),
].map(([, language = '', kind = '', note = '', body = '']) => ({ language, kind, note, body }));
