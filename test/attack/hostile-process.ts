/**
 * The process of the hostile clients: all attacks that it is told, at the same time.
 */
import { loadAttack } from './attack.ts';
import { serveCrew } from './crew.ts';
import { createContext, type HostileOutcome, type HostileSettings } from './hostile-context.ts';

export interface HostileTask {
  attacks: { name: string; settings: HostileSettings }[];
}

export type HostileResult = Record<string, HostileOutcome>;

/** What an attack may take to end once it is told to. */
const END_GRACE_MS = 20_000;

serveCrew<HostileTask, HostileResult>(async ({ attacks }, signal, ready) => {
  // A hostile client that fails in its own code fails the harness: it would attack nothing.
  ready();
  const results: HostileResult = {};
  await Promise.all(
    attacks.map(async ({ name, settings }) => {
      const attack = await loadAttack(name);
      const { context, outcome, close } = createContext(settings, signal);
      const late = context.over.then(() => new Promise((resolve) => setTimeout(resolve, END_GRACE_MS).unref()));
      await Promise.race([attack.run(context), late]);
      await context.over;
      close();
      results[name] = outcome();
    }),
  );
  return results;
});
