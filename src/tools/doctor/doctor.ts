/**
 * Runs the checks one after the other, and reports each finding at once.
 */
import { errorInfo } from '../../core/errors.ts';
import { disk, heat, memory, power } from './checks/board.ts';
import { soundCards } from './checks/cards.ts';
import { type Check, type CheckFinding, fail } from './checks/check.ts';
import { clock } from './checks/clock.ts';
import { codec } from './checks/codec.ts';
import { echoRemoval } from './checks/echo.ts';
import { gateway, network } from './checks/network.ts';
import { node } from './checks/node.ts';
import { overlay } from './checks/overlay.ts';
import { sound } from './checks/sound.ts';
import type { System } from './checks/system.ts';

/** The sound tests are last, after all findings that could explain its failure. */
export const CHECKS: readonly Check[] = [
  ...[node, codec, disk, memory, heat, power, clock, network, gateway, overlay, soundCards, sound, echoRemoval],
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

/** An exception in a check is a finding. */
async function guarded(run: () => Promise<CheckFinding[]> | CheckFinding[]): Promise<CheckFinding[]> {
  try {
    return await run();
  } catch (error) {
    const { message, hint } = errorInfo(error);
    return [fail(`this could not be checked: ${message}`, hint)];
  }
}
