/**
 * A process that locks a state folder, reports whether it has the lock, and holds it until it is killed.
 */

import { EarshotError } from '../../src/core/errors.ts';
import { lockState } from '../../src/core/files/state-lock.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);
const [state = ''] = process.argv.slice(2);
try {
  lockState({ state, roles: ['device'], command: 'earshot run', clock: systemClock, log: silentLog });
  say('held');
  setInterval(() => {}, 60_000);
} catch (error) {
  say(error instanceof EarshotError ? error.code : String(error));
}
