/**
 * The gateway with which this device is paired: its token is for no other.
 */
import * as v from 'valibot';
import { pairedGatewayFile } from '../core/files/paths.ts';
import { replacePrivateFile } from '../core/files/private-files.ts';
import { readPrivateJson } from '../core/files/private-json.ts';

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

/** Undefined if there is none, or after a damage: the address has to be given again. @throws EarshotError `store_failed` */
export function readPairedGateway(state: string): PairedGateway | undefined {
  const stored = readPrivateJson(pairedGatewayFile(state), schema);
  return stored && { url: new URL(stored.url), id: stored.id };
}

/** @throws EarshotError `store_failed`, `store_full` */
export function savePairedGateway(state: string, { url, id }: PairedGateway): void {
  replacePrivateFile(pairedGatewayFile(state), JSON.stringify({ url: url.href, id }), 'all');
}
