/**
 * Preloaded before a test: applies the mutation in EARSHOT_MUTANT (`machine#number`) to the machine, wherever the test gets
 * it from `provide`.
 */
import { type AnyStateMachine, StateMachine } from 'xstate';
import { mutate, mutationsOf } from './mutations.ts';

const [machineId, number] = (process.env.EARSHOT_MUTANT ?? '').split('#');

type Provide = (this: AnyStateMachine, implementations: never) => AnyStateMachine;
const prototype = StateMachine.prototype as unknown as { provide: Provide };
const { provide } = prototype;

prototype.provide = function provideMutant(implementations) {
  const provided = provide.call(this, implementations);
  if (this.id !== machineId) return provided;
  const mutation = mutationsOf(this)[Number(number)];
  if (!mutation) throw new Error(`there is no mutant ${process.env.EARSHOT_MUTANT}`);
  return new StateMachine(mutate(this.config as never, mutation) as never, provided.implementations as never);
};
