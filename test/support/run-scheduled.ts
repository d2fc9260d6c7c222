/** A program for tests: runs what is scheduled in the database of a folder until it is killed; tells each commit. */
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { openRuntimeIn } from './function-runtime.ts';

const { runtime, database } = await openRuntimeIn(process.argv[2] ?? '', { clock: systemClock, log: silentLog });
database.onCommit(() => process.send?.('commit'));
runtime.start();
