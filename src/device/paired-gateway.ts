/**
 * The gateway with which this device is paired: its token is for no other.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { systemCode } from '../core/errors.ts';
import { diskError } from '../core/files/disk-errors.ts';
import { pairedGatewayFile } from '../core/files/paths.ts';
import { replacePrivateFile } from '../core/files/private-files.ts';

const schema = v.object({
  url: v.pipe(
    v.string(),
    v.check((url) => URL.canParse(url)),
  ),
  id: v.optional(v.string()),
});

export interface PairedGateway {
  url: URL;
  /** By which it is found at another address. A gateway that was given by its address has none. */
  id?: string | undefined;
}

/** Undefined if there is none, or after a damage. @throws EarshotError `store_failed` */
export function readPairedGateway(state: string): PairedGateway | undefined {
  let text: string;
  try {
    text = readFileSync(pairedGatewayFile(state), 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw diskError(pairedGatewayFile(state), cause);
  }
  try {
    const { url, id } = v.parse(schema, JSON.parse(text));
    return { url: new URL(url), id };
  } catch {
    return undefined; // Damaged by a power cut: the address has to be given again.
  }
}

/** @throws EarshotError `store_failed`, `store_full` */
export function savePairedGateway(state: string, { url, id }: PairedGateway): void {
  replacePrivateFile(pairedGatewayFile(state), JSON.stringify({ url: url.href, id }), 'all');
}
