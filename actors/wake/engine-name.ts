/**
 * The name of a wake word engine, as a person writes it: `ENGINE:WHAT`, and behind it settings of the rule:
 * `openwakeword:hey_jarvis?threshold=0.6&patience=3`.
 */
import { EarshotError } from '../../src/core/errors.ts';
import { DEFAULT_RULE, type WakeRule } from './wake-detector.ts';

export interface WakeEngineName {
  engine: string;
  /** What of the engine: a word, a file, a server. */
  target: string;
  /** Settings that differ from the engine's own. */
  rule: Partial<WakeRule>;
}

/** Lowest and highest value of each setting, and whether it is a whole number. */
const SETTINGS: Record<keyof WakeRule, [lowest: number, highest: number, isWhole: boolean]> = {
  threshold: [0.01, 1, false],
  patience: [1, 20, true],
  refractoryMs: [0, 60_000, true],
};
const NUMBER = /^\d+(\.\d+)?$/;

/** @throws EarshotError `usage` */
export function parseEngineName(text: string): WakeEngineName {
  const [, engine = '', target = '', settings] = /^([a-z]+):([^?]+)(?:\?(.*))?$/s.exec(text) ?? [];
  if (target === '') throw wrong(`${JSON.stringify(text)} is no wake word engine`, 'Write ENGINE:WHAT.');
  const rule: Partial<WakeRule> = {};
  for (const setting of settings === undefined ? [] : settings.split('&')) {
    const [name = '', value = ''] = setting.split('=', 2);
    if (!isSetting(name)) {
      throw wrong(`There is no setting ${JSON.stringify(name)}`, `There are: ${Object.keys(SETTINGS).join(', ')}.`);
    }
    const [lowest, highest, isWhole] = SETTINGS[name];
    const number = NUMBER.test(value) ? Number(value) : Number.NaN;
    if (!(number >= lowest && number <= highest) || (isWhole && !Number.isInteger(number))) {
      const kind = isWhole ? 'whole number' : 'number';
      throw wrong(
        `${name}=${value} is not possible`,
        `It is a ${kind} from ${lowest} to ${highest}; default: ${DEFAULT_RULE[name]}.`,
      );
    }
    rule[name] = number;
  }
  return { engine, target, rule };
}

function isSetting(name: string): name is keyof WakeRule {
  return Object.hasOwn(SETTINGS, name);
}

function wrong(message: string, hint: string): EarshotError {
  return new EarshotError('usage', message, `${hint} Example: --wake-word openwakeword:hey_jarvis?threshold=0.6`);
}
