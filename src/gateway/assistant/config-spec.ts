/**
 * `--assistant` and EARSHOT_ASSISTANT: which provider each part has, e.g. `openai` or `transcriber=moonshine,brain=openai`.
 */
import { resolve } from 'node:path';
import type { PartName } from '../../../actors/assistant/parts/provider.ts';
import { EMBEDDED, PROVIDERS } from '../../../actors/assistant/registry.ts';
import { nearestName } from '../../core/nearest-name.ts';

/** The provider of each part that was named: a name of the registry, or the absolute path of a module. */
export type Selection = Partial<Record<PartName, string>>;

export const PART_NAMES = Object.keys(PROVIDERS) as PartName[];
const MODULE = /^\.{0,2}\/.*\.[cm]?[jt]s$/;

export function isModule(provider: string): boolean {
  return MODULE.test(provider);
}

/** @throws Error with what is wrong, and what is allowed */
export function parseSpec(spec: string, folder: string): Selection {
  const selection: Selection = {};
  for (const item of spec.split(',').map((each) => each.trim())) {
    const [part = '', provider] = item.split('=', 2).map((each) => each.trim());
    if (provider === undefined) Object.assign(selection, everyPartOf(part));
    else selection[partNamed(part)] = providerOf(partNamed(part), provider, folder);
  }
  return selection;
}

/** @throws Error with what is wrong, and what is allowed */
export function providerOf(part: PartName, provider: string, folder: string): string {
  if (isModule(provider)) return resolve(folder, provider);
  const names = providerNames(part);
  if (names.includes(provider)) return provider;
  throw new Error(`there is no ${part} “${shown(provider)}”; ${allowed(provider, names)}, or a module: ./FILE.mjs`);
}

export function providerNames(part: PartName): string[] {
  const embedded = part === 'realtime' ? [] : [EMBEDDED[part]];
  return [...new Set([...embedded, ...Object.keys(PROVIDERS[part])])];
}

/** A name alone: each part that has a provider of this name; `embedded`: those that need no account. */
function everyPartOf(name: string): Selection {
  if (name === 'embedded') return { ...EMBEDDED };
  const parts = PART_NAMES.filter((part) => providerNames(part).includes(name));
  if (parts.length > 0) return Object.fromEntries(parts.map((part) => [part, name]));
  if (isModule(name)) throw new Error(`say which part ${name} is: ${PART_NAMES.join('=…, ')}=…`);
  const names = [...new Set(['embedded', ...PART_NAMES.flatMap(providerNames)])];
  throw new Error(`there is no provider “${shown(name)}”; ${allowed(name, names)}, or PART=PROVIDER`);
}

function partNamed(name: string): PartName {
  const part = PART_NAMES.find((each) => each === name);
  if (part) return part;
  throw new Error(`there is no part “${shown(name)}”; ${allowed(name, PART_NAMES)}`);
}

function allowed(written: string, names: readonly string[]): string {
  const nearest = nearestName(written, names);
  return `${nearest === undefined ? '' : `did you mean “${nearest}”? `}allowed are ${names.join(', ')}`;
}

/** Somebody may have written a key here. */
function shown(written: string): string {
  return written.length > 24 ? `${written.slice(0, 4)}…` : written;
}
