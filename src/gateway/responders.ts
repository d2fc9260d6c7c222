/**
 * The responders of a gateway: one that ships with Earshot, by name, or a module of the user, by path.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { echo } from '../../actors/responder/echo.ts';
import { parrot } from '../../actors/responder/parrot.ts';
import type { Responder } from '../../actors/responder/responder.ts';
import { EarshotError, messageOf } from '../core/errors.ts';

const RESPONDERS: Record<string, { responder: Responder; summary: string }> = {
  parrot: { responder: parrot, summary: 'repeats your speech when you have finished' },
  echo: { responder: echo, summary: 'sends back each packet as it arrives, for measurements' },
};
/** The name of the responder that understands: it needs a configuration, models and the cloud (src/gateway/assistant). */
export const ASSISTANT = 'assistant';
/** The responder that lets Home Assistant answer: it needs servers, and the cloud (src/gateway/satellite). */
export const HOME_ASSISTANT = 'home-assistant';
const MODULE = /\.[cm]?[jt]s$/;

/** For people: each name, and a summary. */
export function describeResponders(): string[] {
  const others = Object.entries(RESPONDERS).map(([name, { summary }]) => `${name} ${summary}`);
  return [
    `${ASSISTANT} understands what you say and answers in speech`,
    `${HOME_ASSISTANT} each device is a voice satellite of Home Assistant, which answers`,
    ...others,
  ];
}

/** A responder that ships with Earshot; the parrot for an unknown name. */
export function responderNamed(name: string): Responder {
  return (RESPONDERS[name] ?? { responder: parrot }).responder;
}

/** @throws EarshotError `usage`: the name or the file does not exist, or the file exports no responder. */
export async function loadResponder(name: string): Promise<Responder> {
  if (Object.hasOwn(RESPONDERS, name)) return responderNamed(name);
  if (!MODULE.test(name)) {
    throw unusable(
      `There is no responder ${name}`,
      `Choose ${[ASSISTANT, HOME_ASSISTANT, ...Object.keys(RESPONDERS)].join(', ')}, or a file: ./${name}.mjs`,
    );
  }
  const path = resolve(name);
  if (!existsSync(path)) throw unusable(`There is no file ${path}`, 'Check the path after --responder.');
  const { default: responder, responder: named } = await load(path);
  const found: unknown = responder ?? named;
  if (typeof found !== 'function') {
    throw unusable(
      `${path} exports no responder`,
      'Export a function as its default, like those in examples/responders.',
    );
  }
  return found as Responder;
}

async function load(path: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (cause) {
    const isTypeScript = cause instanceof Error && 'code' in cause && cause.code === 'ERR_UNKNOWN_FILE_EXTENSION';
    if (isTypeScript) {
      const hint = 'Compile it to .mjs, or use Node 22.18 or later.';
      throw unusable(`Node ${process.versions.node} cannot run TypeScript: ${path}`, hint, cause);
    }
    throw unusable(`${path} cannot be loaded: ${messageOf(cause)}`, 'Run it with node alone to see the error.', cause);
  }
}

function unusable(message: string, hint: string, cause?: unknown): EarshotError {
  return new EarshotError('usage', message, hint, { cause });
}
