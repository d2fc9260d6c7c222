/**
 * docs/local-api.md is right: each of its curl examples runs, and its tables name all events, commands and fields.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { COMMAND_NAMES } from '../../src/device/local-api/commands.ts';
import { EVENT_TYPES } from '../../src/device/local-api/local-events.ts';
import { inTime } from '../support/in-time.ts';
import { openApi } from './api.ts';

const PAGE = readFileSync(new URL('../../docs/local-api.md', import.meta.url), 'utf8');

/** Resolves with the first lines that it writes. */
function shell(command: string, socket: string): Promise<string> {
  const written = new Promise<string>((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', `exec ${command} --silent --show-error`], {
      env: { ...process.env, SOCKET: socket },
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      // A stream has no end.
      if (output.includes('\n\n')) child.kill();
    });
    child.stderr.pipe(process.stderr);
    child.on('error', reject);
    child.on('close', () => resolve(output));
  });
  return inTime(written, `the output of ${command}`);
}

test('each curl example runs, and is answered with the state or with events', async (t) => {
  const { path, calls, events } = await openApi(t);
  const examples = [...PAGE.matchAll(/^curl .*\$SOCKET.*$/gm)].map(([line]) => line);
  assert.equal(examples.length, 9);
  for (const example of examples) {
    const output = await shell(example, path);
    if (example.includes('/v1/events')) assert.match(output, /^retry: 1000\n\n/);
    else if (example.includes('/metrics')) assert.match(output, /^# HELP /);
    else assert.deepEqual(JSON.parse(output), events.state(), example);
  }
  assert.deepEqual(calls, ['press', 'release', 'cancel']);
  const { muted, volumePercent, listening } = events.state();
  assert.deepEqual([muted, volumePercent, listening.mode, listening.patience], [true, 40, 'voice', 'patient']);
});

/** The names in the first column of the table below a heading. */
function namesBelow(heading: string): string[] {
  const [, section = ''] = new RegExp(`^## ${heading}\n([\\s\\S]*?)(?=^## )`, 'm').exec(PAGE) ?? [];
  return [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);
}

test('the tables name every event, every command and every field of the state', async (t) => {
  const { events } = await openApi(t);
  assert.deepEqual(namesBelow('Events').sort(), [...EVENT_TYPES, 'missed'].sort());
  assert.deepEqual(namesBelow('Commands').sort(), [...COMMAND_NAMES].sort());
  assert.deepEqual(namesBelow('State').sort(), Object.keys(events.state()).sort());
});
