/**
 * The catalogue of log lines: each line has a stable name, its `event`, and a message, levels and fields. A message that is not in it does not
 * compile. The names are for programs and stay when a message gets other words; docs/logs.md is generated from here.
 */
import { assistantLines } from './assistant.ts';
import { cloudLines } from './cloud.ts';
import { deviceLines } from './device.ts';
import { gatewayLines } from './gateway.ts';
import type { LogLine } from './line.ts';
import { programLines } from './program.ts';

export const LOG_LINES = { ...programLines, ...deviceLines, ...gatewayLines, ...assistantLines, ...cloudLines };

const EVENTS = new Map(Object.entries(LOG_LINES).map(([event, { message }]) => [message as string, event]));

/** A line of a program that uses Earshot as a library, a responder for example. */
export const FOREIGN_EVENT = 'foreign';

/** The name of a line. */
export function eventOfMessage(message: LogLine['message']): string {
  return EVENTS.get(message) ?? FOREIGN_EVENT;
}
