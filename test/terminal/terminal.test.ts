/** The display on a terminal: a status line below complete lines, and colours where they are enabled. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EARSHOT, inTemporaryFolder } from '../support/cli.ts';
import { endWithTests } from '../support/end-with-tests.ts';
import { inTime } from '../support/in-time.ts';

/** A command on a pseudo-terminal; the test can press keys. */
function onTerminal(command: string, options: { cwd: string; columns?: number }) {
  const { cwd, columns = 120 } = options;
  const env = { ...process.env, EARSHOT, EARSHOT_STDOUT: '', EARSHOT_STDERR: '', NO_COLOR: '', TERM: 'xterm' };
  delete (env as NodeJS.ProcessEnv).FORCE_COLOR;
  const line = `stty cols ${columns} rows 40; exec ${command}`;
  const child = endWithTests(
    spawn('script', ['-qfec', line, '/dev/null'], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  let screen = '';
  let seen = 0;
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    for (const look of waiting) look();
  });
  const closed = new Promise<string>((resolve) => child.on('close', () => resolve(screen)));
  return {
    press: (key: string) => child.stdin.write(key),
    /** Resolves when this text appears after the text of the previous call. */
    shows(pattern: RegExp): Promise<void> {
      const shown = new Promise<void>((resolve) => {
        const look = () => {
          const found = pattern.exec(screen.slice(seen));
          if (!found) return;
          seen += found.index + found[0].length;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
      return inTime(shown, () => `the screen shows ${pattern}\n${screen}`);
    },
    get ended() {
      return inTime(closed, () => `the end of ${command}\n${screen}`);
    },
  };
}

/** The final content of each completed line: the text written after it was last cleared. */
function finishedLines(screen: string): string[] {
  const lines = screen.split('\n').slice(0, -1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these control the terminal
  const colours = /\u001b\[\d+m/g;
  return lines.map((line) => (line.split('\u001b[K').at(-1) ?? '').replace(colours, '').replaceAll('\r', ''));
}

const STATES = 'idle|recording|streaming|processing|receiving|playing|error';

test('log lines and the status line never share a line, and the state has a colour', () =>
  inTemporaryFolder(async (folder) => {
    const sound = '--input silence --output null';
    const terminal = onTerminal(`"$EARSHOT" start ${sound} --log-level debug --state "${join(folder, 'state')}"`, {
      cwd: folder,
    });
    await terminal.shows(/space to talk/);
    terminal.press(' ');
    await terminal.shows(/microphone opened/);
    await terminal.shows(/space when done/);
    terminal.press(' ');
    await terminal.shows(/turn (done|no-audio)/);
    await terminal.shows(/space to talk/);
    terminal.press('q');
    const screen = await terminal.ended;
    const lines = finishedLines(screen);
    const isLog = (line: string) => /^\d\d:\d\d:\d\d\.\d{3} (debug|info |warn |error) /.test(line);
    assert.ok(lines.filter(isLog).length >= 5, screen);
    for (const line of lines) {
      assert.doesNotMatch(
        line,
        new RegExp(`^(${STATES}) +(mic|space|connecting|opening|receiving|waiting )`),
        'a status line that stayed',
      );
      assert.doesNotMatch(
        line,
        /.\d\d:\d\d:\d\d\.\d{3} (debug|info |warn |error) /,
        'a log line behind something else',
      );
    }
    assert.ok(screen.includes('\u001b[2midle'), 'idle is dim');
    assert.ok(screen.includes('\u001b[32mstreaming'), 'streaming is green');
  }));

test('the status line never wraps, even on a narrow terminal', () =>
  inTemporaryFolder(async (folder) => {
    const command = `"$EARSHOT" start --input silence --output null --state "${join(folder, 'state')}"`;
    const terminal = onTerminal(command, { cwd: folder, columns: 24 });
    await terminal.shows(/space to t/);
    terminal.press('q');
    const screen = await terminal.ended;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these control the terminal
    const drawn = [...screen.matchAll(/\u001b\[K([^\u001b\n]*\u001b\[\d+m[^\n\u001b]*\u001b\[\d+m[^\r\n]*)/g)];
    assert.ok(drawn.length > 0, JSON.stringify(screen));
    for (const [, line = ''] of drawn) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
      assert.ok(line.replace(/\u001b\[\d+m/g, '').length < 24, JSON.stringify(line));
    }
  }));

test('colours: on a terminal, unless NO_COLOR is set; FORCE_COLOR decides before both', () => {
  const output = fileURLToPath(new URL('../../src/cli/terminal/output.ts', import.meta.url));
  const print = `const { printLine, printMessage } = await import(${JSON.stringify(output)});
    printLine([{ colour: 'red', text: 'x' }]); printMessage([{ colour: 'red', text: 'x' }]);`;
  const isColoured = (env: NodeJS.ProcessEnv, terminal: boolean): boolean => {
    const node = ['--import', 'tsx', '--input-type=module', '-e', print];
    const { FORCE_COLOR: _f, NO_COLOR: _n, ...rest } = process.env;
    const options = { encoding: 'utf8', env: { ...rest, TERM: 'xterm', SCRIPT: print, ...env } } as const;
    const { stdout, stderr } = terminal
      ? spawnSync('script', ['-qec', `node --import tsx --input-type=module -e "$SCRIPT"`, '/dev/null'], options)
      : spawnSync('node', node, options);
    const both = stdout + stderr;
    const count = both.split('\u001b[31mx\u001b[39m').length - 1;
    assert.ok(count === 0 || count === 2, both);
    assert.equal(both.split('x').length - 1 - (both.match(/tsx/g)?.length ?? 0), 2, both);
    return count === 2;
  };
  assert.equal(isColoured({}, true), true);
  assert.equal(isColoured({ NO_COLOR: '1' }, true), false);
  assert.equal(isColoured({ NO_COLOR: '' }, true), true);
  assert.equal(isColoured({ TERM: 'dumb' }, true), false);
  assert.equal(isColoured({ FORCE_COLOR: '0' }, true), false);
  assert.equal(isColoured({}, false), false);
  assert.equal(isColoured({ FORCE_COLOR: '1' }, false), true);
  assert.equal(isColoured({ FORCE_COLOR: '1', NO_COLOR: '1' }, false), true);
});

test('the status line says what the microphone does between turns', () =>
  inTemporaryFolder(async (folder) => {
    const sound = '--mode voice --input silence --output null';
    const terminal = onTerminal(`"$EARSHOT" start ${sound} --state "${join(folder, 'state')}"`, { cwd: folder });
    await terminal.shows(/listening; space to talk/);
    terminal.press('q');
    await terminal.ended;
  }));

test('the meters give way to what a person can press', () =>
  inTemporaryFolder(async (folder) => {
    const command = `"$EARSHOT" start --input silence --output null --state "${join(folder, 'state')}"`;
    const terminal = onTerminal(command, { cwd: folder, columns: 105 });
    await terminal.shows(/mic ░+ speaker ░+ {2}space to talk, m to mute, q to quit/);
    terminal.press('m');
    await terminal.shows(/idle[^\r\n░]* the microphone is muted; m to unmute it, q to quit/);
    terminal.press('q');
    await terminal.ended;
  }));
