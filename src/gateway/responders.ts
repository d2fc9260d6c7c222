/**
 * The responders that a gateway can be started with, by name.
 */
import { type Command, Option } from 'commander';
import { echo } from '../../actors/responder/echo.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import type { Responder } from '../../actors/responder/responder.ts';

const RESPONDERS: Record<string, { responder: Responder; summary: string }> = {
  parrot: { responder: parrot, summary: 'answers with what it heard, once you have finished' },
  echo: { responder: echo, summary: 'sends back what it hears as it arrives, for measuring' },
};

export function addResponderOption(command: Command): Command {
  const summaries = Object.entries(RESPONDERS).map(([name, { summary }]) => `${name} ${summary}`);
  return command.addOption(
    new Option('--responder <name>', `who answers: ${summaries.join('; ')}`)
      .choices(Object.keys(RESPONDERS))
      .default('parrot'),
  );
}

/** A name that {@link addResponderOption} let through. */
export function responderNamed(name: string): Responder {
  return (RESPONDERS[name] ?? { responder: parrot }).responder;
}
