/** `--earcons`: which sounds tell the person what happens. */
import { InvalidArgumentError, Option } from 'commander';
import { EARCONS, type Earcon } from '../../../actors/earcons/earcons.ts';

export function earconOption(): Option {
  return new Option(
    '--earcons <which>',
    `sounds that tell what happens: all, none, or some of ${EARCONS.join(',')} (default: all in a mode that listens, question in push)`,
  )
    .argParser(parseEarcons)
    .env('EARSHOT_EARCONS');
}

/** @throws InvalidArgumentError */
export function parseEarcons(value: string): Earcon[] {
  if (value === 'all') return [...EARCONS];
  if (value === 'none') return [];
  const names = value.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !EARCONS.includes(name as Earcon));
  if (unknown === undefined) return EARCONS.filter((name) => names.includes(name));
  throw new InvalidArgumentError(`Write all, none, or some of ${EARCONS.join(',')}.`);
}
