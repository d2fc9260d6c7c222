/**
 * Commands that run on events (`--on EVENT=COMMAND`). The fields of the event are variables of the command's environment, and never parts of
 * its text, so what somebody says cannot become a command.
 */

import type { Scope } from '../../core/actor/scope.ts';
import { EarshotError } from '../../core/errors.ts';
import { createOccasionalLog } from '../../core/log/occasional-log.ts';
import { EVENT_TYPES, type LocalEvent, type LocalEvents, type LocalEventType } from './local-events.ts';
import { runCommand } from './run-command.ts';

/** A command, and the events on which it runs. */
export interface Hook {
  type: LocalEventType;
  /** The first field of the event must have this value; undefined: any. */
  value: string | undefined;
  command: string;
}

export interface HookCounts {
  run: number;
  failed: number;
  /** Too many were waiting. */
  dropped: number;
}

/** Commands of one hook run one after the other, in the order of their events. */
const MAX_RUNNING = 4;
/** Events that wait for a command. At the limit the oldest is dropped: newer ones say how it is now. */
const MAX_WAITING = 64;

/** @param written `EVENT=COMMAND` or `EVENT:VALUE=COMMAND`. @throws EarshotError `usage` */
export function parseHook(written: string): Hook {
  const [, type = '', value, command = ''] = /^([a-z]+)(?::([\w-]+))?=(.*)$/s.exec(written) ?? [];
  const known = EVENT_TYPES.find((each) => each === type);
  if (!known || known === 'levels' || command.trim() === '') {
    const names = EVENT_TYPES.filter((each) => each !== 'levels').join(', ');
    throw new EarshotError(
      'usage',
      `“${written}” is not EVENT=COMMAND`,
      `Events are ${names}; with a value, like state:recording, only that one (docs/local-api.md).`,
    );
  }
  return { type: known, value, command };
}

/** Runs until the end of its scope, and then stops its commands. */
export function startHooks(hooks: readonly Hook[], events: LocalEvents, scope: Scope): { counts(): HookCounts } {
  const { guard, run, onEnd, log } = scope;
  const warn = createOccasionalLog(log);
  const counts: HookCounts = { run: 0, failed: 0, dropped: 0 };
  const running = new Map<Hook, AbortController>();
  const waiting: { hook: Hook; event: LocalEvent }[] = [];

  function onEvent(event: LocalEvent): void {
    for (const hook of hooks) if (isFor(hook, event)) waiting.push({ hook, event });
    while (waiting.length > MAX_WAITING) {
      const dropped = waiting.shift();
      counts.dropped += 1;
      warn('too many commands wait: one is left out', { command: dropped?.hook.command });
    }
    runNext();
  }

  function runNext(): void {
    while (running.size < MAX_RUNNING) {
      const at = waiting.findIndex(({ hook }) => !running.has(hook));
      const [next] = at < 0 ? [] : waiting.splice(at, 1);
      if (!next) return;
      const controller = new AbortController();
      running.set(next.hook, controller);
      run(async () => {
        await runHook(next.hook, next.event, controller.signal);
        running.delete(next.hook);
        runNext();
      });
    }
  }

  async function runHook({ command }: Hook, event: LocalEvent, signal: AbortSignal): Promise<void> {
    counts.run += 1;
    const { failure, output } = await runCommand(command, { variables: variablesOf(event), signal });
    if (output !== '') log.info('a command of --on wrote', { command, output });
    if (failure === undefined || signal.aborted) return;
    counts.failed += 1;
    warn('a command of --on failed', { command, reason: failure, output });
  }

  if (hooks.length > 0) onEnd(events.subscribe(guard(onEvent)));
  onEnd(() => {
    for (const controller of running.values()) controller.abort();
  });
  return { counts: () => ({ ...counts }) };
}

function isFor({ type, value }: Hook, event: LocalEvent): boolean {
  if (type !== event.type) return false;
  return value === undefined || value === mainValue(event);
}

/** What `EVENT:VALUE` compares. */
function mainValue(event: LocalEvent): string | undefined {
  switch (event.type) {
    case 'state':
      return event.state;
    case 'microphone':
      return event.microphone;
    case 'attention':
      return event.attention;
    case 'caption':
      return event.kind;
    case 'turn':
    case 'announcement':
      return event.outcome;
    case 'mode':
      return event.mode;
    case 'link':
      return event.connected ? 'up' : 'down';
    default:
      return undefined;
  }
}

/** `EARSHOT_EVENT`, and `EARSHOT_` with the name of each field: `volumePercent` is `EARSHOT_VOLUME_PERCENT`. */
export function variablesOf({ type, ...fields }: LocalEvent): Record<string, string> {
  const variables: Record<string, string> = { EARSHOT_EVENT: type };
  const add = (prefix: string, values: object): void => {
    for (const [name, value] of Object.entries(values)) {
      const variable = `${prefix}_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
      if (typeof value === 'object' && value !== null) add(variable, value);
      // A variable cannot contain a NUL.
      else if (value !== undefined) variables[variable] = String(value).replaceAll('\0', '');
    }
  };
  add('EARSHOT', fields);
  return variables;
}
