/**
 * Looks the machine over, one check after the other, and says each finding as it comes.
 */
import { errorInfo } from '../../core/errors.ts';
import { disk, heat, memory, power } from './checks/board.ts';
import { soundCards } from './checks/cards.ts';
import { type Check, type CheckFinding, fail } from './checks/check.ts';
import { clock } from './checks/clock.ts';
import { codec } from './checks/codec.ts';
import { gateway, network } from './checks/network.ts';
import { node } from './checks/node.ts';
import { overlay } from './checks/overlay.ts';
import { sound } from './checks/sound.ts';
import type { System } from './checks/system.ts';

/** The silent ones first: the sound test comes when all that could explain its failure is said. */
export const CHECKS: readonly Check[] = [
  ...[node, codec, disk, memory, heat, power, clock, network, gateway, overlay, soundCards, sound],
];

export type Diagnosis = CheckFinding & { check: string };

export async function examine(
  system: System,
  { onCheck, onFinding }: { onCheck?: (name: string) => void; onFinding?: (diagnosis: Diagnosis) => void } = {},
  checks = CHECKS,
): Promise<Diagnosis[]> {
  const all: Diagnosis[] = [];
  for (const { name, run } of checks) {
    onCheck?.(name);
    for (const finding of await guarded(() => run(system))) {
      const diagnosis = { check: name, ...finding };
      all.push(diagnosis);
      onFinding?.(diagnosis);
    }
  }
  return all;
}

/** A check that breaks is a finding, too. */
async function guarded(run: () => Promise<CheckFinding[]> | CheckFinding[]): Promise<CheckFinding[]> {
  try {
    return await run();
  } catch (error) {
    const { message, hint } = errorInfo(error);
    return [fail(`this could not be checked: ${message}`, hint)];
  }
}
