/**
 * What a hostile client is, and the registry of all: each is a file of hostile/, and a new one is added by adding a file.
 */
import { readdirSync } from 'node:fs';
import type { LimitName } from '../../src/core/limits/limits.ts';
import type { HostileContext } from './hostile-context.ts';
import type { Weakening } from './weakened.ts';

export interface Attack {
  /** What it does, in a few words. */
  does: string;
  /** Paired devices of its own that it needs. */
  tokens?: number;
  /** It has honest clients as well, and judges what they get: so it has a process of its own, and is not behind others. */
  judges?: true;
  /** Options of the gateway that it needs beside the usual ones: then it has a gateway for itself. */
  gateway?: readonly string[];
  /**
   * What stops it: limits, which can be switched off to see what breaks without them; or, where the defence is that the code is
   * right, the lines that are so, each with what takes their place to see the same, and a test of what the code must do.
   */
  defence: { limits?: readonly LimitName[]; code?: readonly Weakening[]; test?: string };
  /** Goes on until the signal of the context, or until its own bound. What it must not reach it tells as a breach. */
  run(context: HostileContext): Promise<void>;
}

export interface NamedAttack extends Attack {
  /** Of its file. */
  name: string;
}

const folder = new URL('./hostile/', import.meta.url);

export async function allAttacks(): Promise<NamedAttack[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  return await Promise.all(files.sort().map((file) => loadAttack(file.slice(0, -'.ts'.length))));
}

export async function loadAttack(name: string): Promise<NamedAttack> {
  const { default: attack }: { default: Attack } = await import(new URL(`${name}.ts`, folder).href);
  return { ...attack, name };
}
