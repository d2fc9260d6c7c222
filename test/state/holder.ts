/**
 * A process that takes a state folder, says whether it has got it, and holds it until it is killed.
 */
import { systemClock } from '../../src/clock.ts';
import { EarshotError } from '../../src/errors.ts';
import { silentLog } from '../../src/log.ts';
import { holdState } from '../../src/state/hold.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);
const [state = ''] = process.argv.slice(2);
try {
  holdState({ state, roles: ['device'], command: 'earshot run', clock: systemClock, log: silentLog });
  say('held');
  setInterval(() => {}, 60_000);
} catch (error) {
  say(error instanceof EarshotError ? error.code : String(error));
}
