/**
 * Inputs of tools: a language model wrote them, so they may be anything.
 */
import { EarshotError } from '../../../src/core/errors.ts';

type Input = Record<string, unknown>;

/** JSON Schema of an object. A property whose name ends in `?` may be missing. */
export function parameters(properties: Record<string, Record<string, unknown>>): Record<string, unknown> {
  const names = Object.keys(properties);
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name.replace('?', ''), properties[name]])),
    required: names.filter((name) => !name.endsWith('?')),
    additionalProperties: false,
  };
}

export function textOf(input: Input, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw wrongInput(name, 'a text');
  return value.slice(0, 500);
}

export function requiredText(input: Input, name: string): string {
  const text = textOf(input, name)?.trim();
  if (!text) throw wrongInput(name, 'a text');
  return text;
}

export function numberOf(input: Input, name: string, least: number, most: number): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= least && number <= most))
    throw wrongInput(name, `a number from ${least} to ${most}`);
  return number;
}

export function requiredNumber(input: Input, name: string, least: number, most: number): number {
  const number = numberOf(input, name, least, most);
  if (number === undefined) throw wrongInput(name, `a number from ${least} to ${most}`);
  return number;
}

export function textsOf(input: Input, name: string): string[] {
  const value = input[name];
  const texts = Array.isArray(value) ? value : [value];
  if (
    texts.length === 0 ||
    texts.length > 50 ||
    !texts.every((text) => typeof text === 'string' && text.trim() !== '')
  ) {
    throw wrongInput(name, 'a list of 1 to 50 texts');
  }
  return texts.map((text: string) => text.trim().slice(0, 200));
}

export function wrongInput(name: string, expected: string): EarshotError {
  return new EarshotError(
    'tool_input',
    `The input \`${name}\` must be ${expected}.`,
    'Call the tool again with another input.',
  );
}
