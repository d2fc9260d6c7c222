/**
 * What a page may ask for: events to machines, press-to-talk, keeping the flight record. Everything is checked before it
 * reaches a machine: the sender may be anybody who has the token, and a machine that is sent nonsense may fall over.
 */
import type { AnyActorRef, AnyMachineSnapshot, AnyStateNode } from 'xstate';
import type { Clock } from '../../core/time/clock.ts';
import type { Command, Notice } from './feed-messages.ts';
import { misfit } from './templates.ts';

/** Commands a second and page: more than fingers give. */
const COMMANDS_PER_SECOND = 20;

export interface CommandTargets {
  find(a: number): AnyActorRef | undefined;
  /** The actor that is talked to. */
  conversation(): AnyActorRef | undefined;
  newId(atMs: number): string;
  keep: ((why: string) => Promise<string>) | undefined;
  clock: Clock;
}

export interface CommandHandler {
  /** Carries out one message of one page and says what came of it. */
  take(text: string): Promise<Notice>;
}

/** One for each page. */
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
    async take(text) {
      if (isTooFast()) return refuse('too many commands');
      const command = parse(text);
      switch (command?.k) {
        case 'send':
          return send(targets, command);
        case 'talk':
          return talk(targets, command.action);
        case 'keep':
          if (!targets.keep) return refuse('there is no flight recorder');
          return accept(`kept: ${await targets.keep('page')}`);
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
  const wrong = misfit(event);
  if (wrong) return refuse(wrong);
  const takes = (snapshot._nodes as AnyStateNode[]).some((node) => node.transitions.has(event.type));
  if (!takes) return refuse(`${event.type} is not taken in this state`);
  actor.send(event);
  return accept(`${event.type} sent`);
}

function talk({ conversation, newId, clock }: CommandTargets, action: string): Notice {
  const actor = conversation();
  if (!actor) return refuse('there is nobody to talk to');
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

/** Of the right shape as far as it is looked at here; its event is looked at by `misfit`. */
function parse(text: string): Command | undefined {
  try {
    const value = JSON.parse(text) as Partial<Command> & { event?: { type?: unknown } };
    if (value?.k === 'send' && (typeof value.a !== 'number' || typeof value.event?.type !== 'string')) return undefined;
    return value as Command;
  } catch {
    // Not JSON, so no command: answered as such.
    return undefined;
  }
}

const accept = (text: string): Notice => ({ k: 'note', ok: true, text });
const refuse = (text: string): Notice => ({ k: 'note', ok: false, text });
