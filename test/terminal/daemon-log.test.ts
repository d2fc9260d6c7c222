/** What a daemon logs of its connection, and whether a turn of a command is in the cloud. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConversationNotification } from '../../machines/conversation-context.ts';
import { createCloudConfirmation } from '../../src/cli/terminal/cloud-confirmation.ts';
import { createDaemonLog } from '../../src/cli/terminal/daemon-log.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { createVirtualClock } from '../support/virtual-clock.ts';

test('the loss of the connection and its return are logged once, with the time between', async () => {
  const clock = createVirtualClock();
  const lines: string[] = [];
  const note = (message: string, fields = {}) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const log = createDaemonLog({
    systemd: { status: (text) => lines.push(`systemd: ${text}`) },
    clock,
    log: { ...silentLog, info: note, warn: note },
  });
  const error = { code: 'gateway_unreachable', message: 'No answer', hint: 'Wait.' } as const;
  const link = (up: boolean) => ({ type: 'link.changed', up, ...(!up && { error, retryInMs: 1 }) });
  for (const up of [true, false, false]) log(link(up) as ConversationNotification);
  await clock.run(2_500);
  log(link(true) as ConversationNotification);
  log({ type: 'turn.delivered', id: 'a turn' } as ConversationNotification);
  assert.deepEqual(lines, [
    'systemd: connected',
    'connected {}',
    'systemd: no connection: No answer',
    `no connection; reconnecting ${JSON.stringify({ code: error.code, error: error.message, hint: error.hint })}`,
    'systemd: connected',
    'connected {"afterMs":2500}',
    'a stored turn was delivered to the cloud {"turn":"a turn","linkDownMs":2500}',
  ]);
});

test('a turn is waited for until it is in the cloud, or for a time; another one does not count', async () => {
  const clock = createVirtualClock();
  const confirmation = createCloudConfirmation(clock);
  let waited = 0;
  const wait = async (id: string) => {
    await confirmation.wait(id, 5_000);
    waited += 1;
  };
  const first = wait('first');
  confirmation.note('another');
  await clock.run(1_000);
  assert.equal(waited, 0);
  confirmation.note('first');
  await first;
  await wait('first');
  assert.deepEqual([waited, confirmation.has('first')], [2, true]);
  const late = wait('second');
  await clock.run(5_000);
  await late;
  assert.equal(confirmation.has('second'), false);
});
