/**
 * Handles the commands of a page: events to machines, push-to-talk, saving the flight recording. Each is validated before it reaches a
 * machine, because an invalid event could crash it.
 */
import type { AnyActorRef, AnyMachineSnapshot, AnyStateNode } from 'xstate';
import type { Clock } from '../../core/time/clock.ts';
import type { Command, Notice } from './feed-messages.ts';
import { validateEvent } from './templates.ts';

/** Commands per second and page: more than a person can give. */
const COMMANDS_PER_SECOND = 20;

export interface CommandTargets {
  find(a: number): AnyActorRef | undefined;
  /** The target of push-to-talk. */
  conversation(): AnyActorRef | undefined;
  newId(atMs: number): string;
  save: ((reason: string) => Promise<string>) | undefined;
  clock: Clock;
}

export interface CommandHandler {
  /** Executes one message of a page. Resolves with its result. */
  handle(text: string): Promise<Notice>;
}

/** Each page has its own. */
export function createCommandHandler(targets: CommandTargets): CommandHandler {
  const { clock } = targets;
  let second = 0;
  let taken = 0;

  function isTooFast(): boolean {
    const now = Math.floor(clock.now() / 1_000);
    if (now !== second) taken = 0;
    second = now;
    taken += 1;
    return taken > COMMANDS_PER_SECOND;
  }

  return {
    async handle(text) {
      if (isTooFast()) return refuse('too many commands');
      const command = parse(text);
      switch (command?.k) {
        case 'send':
          return send(targets, command);
        case 'talk':
          return talk(targets, command.action);
        case 'keep':
          if (!targets.save) return refuse('there is no flight recorder');
          return accept(`saved: ${await targets.save('page')}`);
        default:
          return refuse('no such command');
      }
    },
  };
}

function send({ find }: CommandTargets, { a, event }: Extract<Command, { k: 'send' }>): Notice {
  const actor = find(a);
  const snapshot = actor?.getSnapshot() as AnyMachineSnapshot | undefined;
  if (!actor || !snapshot?._nodes) return refuse('this actor takes no events');
  const wrong = validateEvent(event);
  if (wrong) return refuse(wrong);
  const takes = (snapshot._nodes as AnyStateNode[]).some((node) => node.transitions.has(event.type));
  if (!takes) return refuse(`${event.type} is not taken in this state`);
  actor.send(event);
  return accept(`${event.type} sent`);
}

function talk({ conversation, newId, clock }: CommandTargets, action: string): Notice {
  const actor = conversation();
  if (!actor) return refuse('there is no device to talk to');
  switch (action) {
    case 'press': {
      const startedAtMs = clock.wallNow();
      actor.send({ type: 'talk.pressed', id: newId(startedAtMs), trigger: 'page', startedAtMs });
      return accept('pressed');
    }
    case 'release':
      actor.send({ type: 'talk.released', atMs: clock.now() });
      return accept('released');
    case 'cancel':
      actor.send({ type: 'talk.cancelled' });
      return accept('cancelled');
    default:
      return refuse('no such action');
  }
}

/** Checks the shape of the command; `validateEvent` checks its event. */
function parse(text: string): Command | undefined {
  try {
    const value = JSON.parse(text) as Partial<Command> & { event?: { type?: unknown } };
    if (value?.k === 'send' && (typeof value.a !== 'number' || typeof value.event?.type !== 'string')) return undefined;
    return value as Command;
  } catch {
    // Not JSON: the caller answers that it is no command.
    return undefined;
  }
}

const accept = (text: string): Notice => ({ k: 'note', ok: true, text });
const refuse = (text: string): Notice => ({ k: 'note', ok: false, text });
