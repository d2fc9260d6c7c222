/**
 * The interface of a hostile client, and the registry: each file of hostile/ is one, and a new one needs only a new
 * file.
 */
import { readdirSync } from 'node:fs';
import type { LimitName } from '../../src/core/limits/limits.ts';
import type { HostileContext } from './hostile-context.ts';
import type { Weakening } from './weakened.ts';

export interface Attack {
  /** A short description. */
  does: string;
  /** Number of its own paired devices. */
  tokens?: number;
  /**
   * It also has honest clients and checks what they get: so it has its own process, and other attacks do not delay it.
   */
  judges?: true;
  /** Additional options of the gateway: then it has a gateway of its own. */
  gateway?: readonly string[];
  /**
   * It attacks as devices of this tenant, at another gateway at the same cloud, which has those options. The honest devices are of the default tenant.
   */
  tenant?: string;
  /**
   * What stops it: limits, which can be disabled to see the damage without them; or, where the defence is correct code,
   * those lines, each with its replacement to see the damage, and a test of the code.
   */
  defence: { limits?: readonly LimitName[]; code?: readonly Weakening[]; test?: string };
  /** Continues until the signal of the context, or until its own limit. A successful attack reports a breach. */
  run(context: HostileContext): Promise<void>;
}

export interface NamedAttack extends Attack {
  /** The name of its file. */
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
