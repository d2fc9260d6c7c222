/**
 * Name and password of the device's access point: random, made once, and kept by a factory reset, because they are printed on the device's label.
 */
import { randomInt } from 'node:crypto';
import * as v from 'valibot';
import type { Hotspot } from '../../../actors/wifi/network-manager.ts';
import { hotspotFile } from '../../core/files/paths.ts';
import { replacePrivateFile } from '../../core/files/private-files.ts';
import { openPrivateFolder } from '../../core/files/private-folder.ts';
import { readPrivateJson } from '../../core/files/private-json.ts';

/** Read aloud and typed on a phone: no capitals, and nothing that looks like something else (0 and o, 1 and l). */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';
/** 60 bits: who records the handshake cannot try all of them. */
const PASSWORD_CHARACTERS = 12;
const NAME_CHARACTERS = 4;

const schema = v.object({
  ssid: v.pipe(v.string(), v.regex(/^Earshot [a-z0-9]{4}$/)),
  password: v.pipe(v.string(), v.regex(/^[a-z0-9]{12}$/)),
});

/** @throws EarshotError `store_failed`, `store_full` */
export function hotspotOf(state: string): Hotspot {
  const path = hotspotFile(state);
  const kept = readPrivateJson(path, schema);
  if (kept) return kept;
  // Also after a damage: the label has to be printed again.
  openPrivateFolder(state);
  const made = { ssid: `Earshot ${random(NAME_CHARACTERS)}`, password: random(PASSWORD_CHARACTERS) };
  replacePrivateFile(path, `${JSON.stringify(made)}\n`, 'all');
  return made;
}

function random(characters: number): string {
  return Array.from({ length: characters }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}
