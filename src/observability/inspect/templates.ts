/**
 * One event of every type that a machine may be sent by hand: what the page's forms begin with, and the shape that it must
 * keep. They are the samples of the contracts.
 */
import { CONTRACTS, type EventForms, hosting } from '../../core/contracts/index.ts';

const forms: EventForms = Object.assign({}, hosting, ...CONTRACTS.flatMap(({ receives, sends }) => [receives, sends]));

/** Fields that are not in a template may be left out of an event, or be there. */
export const TEMPLATES: { readonly [Type in string]: object } = Object.fromEntries(
  Object.entries(forms).map(([type, { sample }]) => [type, sample]),
);

/** Why an event is not of its type's shape; undefined when it is. */
export function validateEvent(event: { type: string }): string | undefined {
  const template = TEMPLATES[event.type];
  return template === undefined ? `${event.type} is not an event of Earshot` : difference(template, event, event.type);
}

function difference(template: unknown, value: unknown, path: string): string | undefined {
  if (template === null || typeof template !== 'object') {
    return typeof value === typeof template ? undefined : `${path} must be a ${typeof template}`;
  }
  if (value === null || typeof value !== 'object') return `${path} must be an object`;
  for (const [key, expected] of Object.entries(template)) {
    const found = difference(expected, (value as Record<string, unknown>)[key], `${path}.${key}`);
    if (found) return found;
  }
  return undefined;
}
