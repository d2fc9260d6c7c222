/**
 * The limits of a gateway: what one device, one address or all of them together may cost it. Each has a name, a default and
 * a sentence; `--limit NAME=VALUE` and `EARSHOT_LIMITS` set them, and `off` switches one off (docs/security.md lists all).
 */
import { EarshotError } from './errors.ts';

export interface Limit {
  /** Unit included where it has one, e.g. `10 s`: for help and documents. */
  unit: string;
  value: number;
  /** What it limits, and what happens beyond it. */
  description: string;
}

/** Every limit, with its default. */
export const LIMITS = {
  connections: {
    unit: 'connections',
    value: 1_000,
    description: 'connections at once; the next one is turned away with 503',
  },
  unreadBytes: {
    unit: 'bytes',
    value: 262_144,
    description:
      'wait for one client to read them; from half of it on nothing is read from it, beyond it it is dropped',
  },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof LIMITS;
/** Infinity: switched off. */
export type Limits = { readonly [Name in LimitName]: number };

export const DEFAULT_LIMITS: Limits = limitsFrom([]);

/**
 * The defaults, with what the settings change; later ones win.
 *
 * @param settings e.g. `['connections=5000', 'turnBytes=off']`
 * @throws EarshotError `usage` for an unknown name or a value that is neither a whole number above 0 nor `off`
 */
export function limitsFrom(settings: readonly string[]): Limits {
  const values = Object.fromEntries(Object.entries(LIMITS).map(([name, { value }]) => [name, value as number]));
  for (const setting of settings) {
    const [name = '', text = ''] = setting.split('=', 2).map((part) => part.trim());
    if (!(name in values)) {
      throw new EarshotError('usage', `There is no limit “${name}”`, `Known are: ${Object.keys(values).join(', ')}.`);
    }
    const value = text === 'off' ? Number.POSITIVE_INFINITY : Number(text);
    if (!(value > 0) || (text !== 'off' && !Number.isInteger(value))) {
      throw new EarshotError(
        'usage',
        `“${text}” is no value for the limit ${name}`,
        'Write a whole number above 0, or off.',
      );
    }
    values[name] = value;
  }
  return values as Limits;
}
