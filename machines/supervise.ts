/**
 * Supervision: keeps one actor running. After a crash it is restarted with a growing delay, and its parent machine is notified. When
 * the actor has run for a while, its crashes no longer count.
 *
 * For the parent the supervisor *is* the actor: it has the actor's contract and forwards events both ways. Commands
 * that come while the actor is down are lost; `actor.restarting` tells the parent.
 */
import { type AnyEventObject, assign, setup } from 'xstate';
import { RESTART_DELAYS_MS, restartDelayMs } from '../src/core/actor/actor.ts';
import type {
  ActorCrashed,
  ActorName,
  Contract,
  ContractTypes,
  SupervisionEvent,
} from '../src/core/contracts/index.ts';
import type { ErrorInfo } from '../src/core/errors.ts';
import { type ContractLogic, machineLogic } from './adapter/contract-logic.ts';
import { childSender, parentSender, placeholder } from './wiring.ts';

/** What the parent gets: the actor's events, and those of its supervision. */
interface SupervisedContract<P extends ContractTypes> extends ContractTypes {
  sends: P['sends'] | SupervisionEvent;
}

interface SupervisionContext {
  crashes: number;
  error: ErrorInfo;
}

const NEVER_CRASHED: ErrorInfo = { code: 'actor_crashed', message: 'It has not crashed', hint: '' };

export function createSupervisor<P extends ContractTypes>(contract: Contract<P> & { readonly name: ActorName }) {
  const sendToChild = childSender<{ actor: P }>();
  const sendToParent = parentSender<SupervisedContract<P>>();
  return setup({
    types: {
      context: {} as SupervisionContext,
      events: {} as ActorCrashed | AnyEventObject,
    },
    actors: { actor: placeholder(contract) },
    delays: {
      restart: ({ context }) => restartDelayMs(context.crashes),
      steady: RESTART_DELAYS_MS.steady,
    },
    actions: {
      announceRestart: sendToParent(({ context }: { context: SupervisionContext }) => ({
        type: 'actor.restarting',
        actor: contract.name,
        crashes: context.crashes,
        delayMs: restartDelayMs(context.crashes),
        error: context.error,
      })),
      announceRestarted: sendToParent({ type: 'actor.restarted', actor: contract.name }),
      countCrash: assign({
        crashes: ({ context }) => context.crashes + 1,
        error: ({ event }) => crashOf(event),
      }),
      resetCrashes: assign({ crashes: 0 }),
    },
  }).createMachine({
    id: `supervise-${contract.name}`,
    context: { crashes: 0, error: NEVER_CRASHED },
    initial: 'running',
    states: {
      running: {
        invoke: {
          id: 'actor',
          src: 'actor',
          onError: { target: 'restarting', actions: 'countCrash' },
        },
        initial: 'fresh',
        states: {
          fresh: { after: { steady: 'steady' } },
          steady: { entry: 'resetCrashes' },
        },
        on: {
          ...sendToChild.relay('actor', Object.keys(contract.receives)),
          ...sendToParent.relay(Object.keys(contract.sends) as SupervisedContract<P>['sends']['type'][]),
          'actor.crashed': { target: 'restarting', actions: 'countCrash' },
        },
      },
      restarting: {
        entry: 'announceRestart',
        after: { restart: { target: 'running', actions: 'announceRestarted' } },
      },
    },
  });
}

function crashOf(event: AnyEventObject): ErrorInfo {
  const error: unknown = event.error;
  if (error && typeof error === 'object' && 'hint' in error) return error as ErrorInfo;
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'actor_crashed', message, hint: 'It is restarted automatically.' };
}

/** The supervised actor, as its parent machine invokes it. */
export function supervised<P extends ContractTypes>(
  contract: Contract<P> & { readonly name: ActorName },
  logic: ContractLogic<P>,
): ContractLogic<P> {
  return machineLogic<P>(createSupervisor(contract).provide({ actors: { actor: logic } }));
}
