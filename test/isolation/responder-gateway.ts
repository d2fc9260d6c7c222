/**
 * A gateway in a separate process, with the faulty responder: an exception may end this process.
 */

import { createLog } from '../../src/core/log/create-log.ts';
import { handleUncaught, keepServingAfterErrors } from '../../src/core/process/uncaught.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import { withoutCloud } from '../support/no-cloud.ts';
import { faulty } from './faulty-responder.ts';

const log = createLog({ level: 'info', format: 'text', write: (line) => process.stderr.write(line), now: Date.now });
handleUncaught((error) => {
  process.stderr.write(`ended by ${error}\n`);
  process.exit(1);
});
keepServingAfterErrors(log);
const cloud = withoutCloud({ has: () => false, async record() {} });
const gateway = await startGateway({ host: '127.0.0.1', port: 0, responder: faulty, cloud, log });
process.send?.(gateway.url);
// Another responder of this process, whose fault belongs to no turn.
process.on('message', () => {
  queueMicrotask(() => {
    throw new Error('nobody owns it');
  });
});
