/**
 * The process of the hostile clients: all attacks of its task, at the same time.
 */
import { loadAttack } from './attack.ts';
import { serveChild } from './child-process.ts';
import { createContext, type HostileOutcome, type HostileSettings } from './hostile-context.ts';

export interface HostileTask {
  /** Factor for all maximum durations. */
  slack: number;
  attacks: { name: string; settings: HostileSettings }[];
}

export type HostileResult = Record<string, HostileOutcome>;

/** An attack without any action after this time was refused, and is not waited for. */
const BEGIN_PATIENCE_MS = 10_000;
/** Maximum time until an attack ends after the signal. */
const END_GRACE_MS = 20_000;

serveChild<HostileTask, HostileResult>(async ({ attacks, slack }, signal, ready) => {
  const results: HostileResult = {};
  const begun: Promise<void>[] = [];
  const prepared = await Promise.all(
    attacks.map(async ({ name, settings }) => {
      const created = createContext(settings, signal);
      begun.push(Promise.race([created.begun, created.context.pause(BEGIN_PATIENCE_MS * slack)]));
      return { name, attack: await loadAttack(name), ...created };
    }),
  );
  void Promise.all(begun).then(() => ready());
  // A hostile client with a fault in its own code fails the harness: it would attack nothing.
  await Promise.all(
    prepared.map(async ({ name, attack, context, outcome, close }) => {
      const late = context.over.then(() => new Promise((resolve) => setTimeout(resolve, END_GRACE_MS).unref()));
      await Promise.race([attack.run(context), late]);
      await context.over;
      close();
      results[name] = outcome();
    }),
  );
  return results;
});
