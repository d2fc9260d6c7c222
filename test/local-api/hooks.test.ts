/**
 * Commands on events: which events, what they get, that nothing of an event becomes a command, their order and their limits.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { PUSH_TO_TALK } from '../../src/core/contracts/index.ts';
import { silentLog } from '../../src/core/log/log.ts';
import { systemClock } from '../../src/core/time/clock.ts';
import { parseHook, startHooks } from '../../src/device/local-api/hooks.ts';
import { createLocalEvents } from '../../src/device/local-api/local-events.ts';
import { runCommand } from '../../src/device/local-api/run-command.ts';
import { eventually } from '../support/eventually.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { testScope } from '../support/test-scope.ts';

function start(t: TestContext, ...written: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'earshot-hooks-'));
  const events = createLocalEvents({ muted: false, volumePercent: 100, listening: PUSH_TO_TALK }, (error) => {
    throw error;
  });
  const logged: { message: string; fields: Record<string, unknown> }[] = [];
  const note = (message: string, fields = {}) => void logged.push({ message, fields });
  const scope = testScope(systemClock);
  const hooks = written.map((each) => parseHook(each.replaceAll('FOLDER', folder)));
  const { counts } = startHooks(hooks, events, { ...scope, log: { ...silentLog, info: note, warn: note } });
  t.after(async () => {
    scope.end();
    await removeFolder(folder);
  });
  const enter = (state: 'idle' | 'recording' | 'playing', turn = 1) =>
    events.note({ type: 'state.entered', state, turn });
  const output = (name: string, pattern: RegExp) =>
    eventually(() => {
      const path = join(folder, name);
      const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      return pattern.test(text) && text;
    }, `${name} contains ${pattern}`);
  return { events, enter, output, counts, logged, scope };
}

const run = (command: string, variables: Record<string, string> = {}, timeLimitMs?: number) =>
  runCommand(command, {
    variables,
    signal: new AbortController().signal,
    ...(timeLimitMs !== undefined && { timeLimitMs }),
  });

test('a command runs on each of its events, in their order, and on no other', async (t) => {
  const { enter, output } = start(
    t,
    'state=echo "$EARSHOT_EVENT $EARSHOT_STATE $EARSHOT_TURN" >> FOLDER/all',
    'state:playing=echo "$EARSHOT_STATE" >> FOLDER/some',
  );
  enter('recording');
  enter('playing');
  enter('idle');
  assert.equal(await output('all', /idle/), 'state recording 1\nstate playing 1\nstate idle 1\n');
  assert.equal(await output('some', /\n/), 'playing\n');
});

test('what somebody says is a variable, and never a command', async (t) => {
  const { events, output } = start(t, 'caption:reply=printf %s "$EARSHOT_TEXT" > FOLDER/text');
  const text = '$(touch FOLDER/x); `id`; "\' && rm -rf / #\n\u0000end';
  events.note({ type: 'reply.text', turn: 1, text, fromMs: 0 });
  assert.equal(await output('text', /end/), text.replace('\0', ''));
});

test('nested fields and camel case become names of variables; the keys of the daemon are not passed on', async () => {
  process.env.EARSHOT_TOKEN = 'secret';
  process.env.OPENAI_API_KEY = 'secret';
  try {
    const { output } = await run('env');
    assert.doesNotMatch(output, /secret/);
    assert.match(output, /^PATH=/m);
  } finally {
    delete process.env.EARSHOT_TOKEN;
    delete process.env.OPENAI_API_KEY;
  }
  const { variablesOf } = await import('../../src/device/local-api/hooks.ts');
  const error = { code: 'link_down', message: 'm', hint: 'h' } as const;
  assert.deepEqual(variablesOf({ type: 'link', connected: false, error, retryInMs: 5 }), {
    ...{ EARSHOT_EVENT: 'link', EARSHOT_CONNECTED: 'false', EARSHOT_RETRY_IN_MS: '5' },
    ...{ EARSHOT_ERROR_CODE: 'link_down', EARSHOT_ERROR_MESSAGE: 'm', EARSHOT_ERROR_HINT: 'h' },
  });
});

test('a command that fails is logged and counted, with what it wrote', async (t) => {
  const { enter, counts, logged } = start(t, 'state=echo oops >&2; exit 3');
  enter('idle');
  await eventually(() => counts().failed === 1, 'counts().failed === 1');
  assert.deepEqual(logged.at(-1), {
    message: 'a command of --on failed',
    fields: { command: 'echo oops >&2; exit 3', reason: 'it ended with 3', output: 'oops' },
  });
});

test('a command that takes too long is stopped, with all that it has started', async () => {
  // The second one ignores SIGTERM.
  const results = await Promise.all([
    run('sleep 60 & sleep 60', {}, 100),
    run("trap '' TERM; sleep 60 & while :; do sleep 0.2; done", {}, 100),
  ]);
  for (const { failure } of results) assert.equal(failure, 'it took longer than 0.1 s');
});

test('what a command writes is cut', async () => {
  assert.equal((await run('yes | head -c 100000')).output.length <= 2_000, true);
});

test('commands that wait are limited: the oldest is dropped and counted', async (t) => {
  const { enter, counts, output } = start(t, 'state=echo "$EARSHOT_TURN" >> FOLDER/turns; sleep 0.01');
  for (let turn = 1; turn <= 100; turn++) enter('idle', turn);
  assert.equal(counts().dropped, 35);
  const turns = (await output('turns', /^100$/m)).trim().split('\n').map(Number);
  assert.deepEqual(turns, [1, ...Array.from({ length: 64 }, (_, i) => 37 + i)]);
  await eventually(() => counts().run === 65, 'counts().run === 65');
});

test('at the end commands are stopped, and no further one starts', async (t) => {
  const { enter, counts, scope } = start(t, 'state=sleep 60');
  enter('idle');
  enter('idle');
  await eventually(() => counts().run === 1, 'counts().run === 1');
  const startedMs = performance.now();
  scope.end();
  enter('idle');
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(counts().run, 1);
  assert.ok(performance.now() - startedMs < 30_000);
});

test('a wrong --on is a usage error', () => {
  for (const written of ['', 'state', 'state=', 'levels=x', 'nothing=x', '=x', 'state:=x']) {
    assert.throws(() => parseHook(written), { code: 'usage' });
  }
  assert.deepEqual(parseHook('turn:done=a=b'), { type: 'turn', value: 'done', command: 'a=b' });
});
