/** A file that a command writes is complete, or unchanged. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EarshotError } from '../../src/core/errors.ts';
import { makeOutputFolder, writeOutput } from '../../src/core/files/output-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-test-output-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (...names: string[]) => join(folder, ...names);
const nothingLeftOf = (path: string) =>
  assert.deepEqual(
    readdirSync(path).filter((name) => name.endsWith('.part')),
    [],
  );

test('it is written under a temporary name and replaces the old one, with its permissions', () => {
  writeFileSync(at('old.bin'), 'old');
  chmodSync(at('old.bin'), 0o640);
  const reader = openSync(at('old.bin'), 'r');
  writeOutput(at('old.bin'), Buffer.from('new'));
  assert.equal(readFileSync(reader, 'utf8'), 'old', 'a reader gets a complete file');
  closeSync(reader);
  assert.equal(readFileSync(at('old.bin'), 'utf8'), 'new');
  assert.equal(statSync(at('old.bin')).mode & 0o777, 0o640);
  nothingLeftOf(folder);
});

test('text is UTF-8', () => {
  writeOutput(at('text.svg'), 'ä');
  assert.deepEqual([...readFileSync(at('text.svg'))], [0xc3, 0xa4]);
});

test('a folder for several files is created, unless its path is taken', () => {
  makeOutputFolder(at('deep', 'er'));
  makeOutputFolder(at('deep', 'er'));
  assert.ok(statSync(at('deep', 'er')).isDirectory());
  assert.throws(() => makeOutputFolder(at('text.svg')), /text\.svg cannot be written: it is not a folder/);
  assert.throws(() => makeOutputFolder(at('text.svg', 'x')), /cannot be written/);
});

test('a link stays a link, whether or not its target exists', () => {
  writeFileSync(at('target.bin'), 'old');
  symlinkSync('target.bin', at('link.bin'));
  symlinkSync('later.bin', at('dangling.bin'));
  for (const [link, target] of [
    ['link.bin', 'target.bin'],
    ['dangling.bin', 'later.bin'],
  ] as const) {
    writeOutput(at(link), 'new');
    assert.ok(lstatSync(at(link)).isSymbolicLink());
    assert.equal(readFileSync(at(target), 'utf8'), 'new');
  }
});

test('on a full disk, the old file stays', () => {
  writeFileSync(at('kept.bin'), 'old');
  const writer = fileURLToPath(new URL('../../src/core/files/output-file.ts', import.meta.url));
  const script = `const { writeOutput } = await import(${JSON.stringify(writer)});
    try { writeOutput(${JSON.stringify(at('kept.bin'))}, new Uint8Array(100_000)); }
    catch (error) { console.log(error.code, error.message); }`;
  // A limit on the size of files simulates a full disk: 8 KiB, and an error instead of a signal.
  const shell = `trap '' XFSZ; ulimit -f 8; exec node --import tsx --input-type=module -e "$1"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', shell, 'bash', script], { encoding: 'utf8' });
  assert.match(stdout, /^file_unwritable .*kept\.bin cannot be written: it exceeds the maximum size of a file/, stderr);
  assert.equal(readFileSync(at('kept.bin'), 'utf8'), 'old');
  nothingLeftOf(folder);
});

const places: [what: string, place: () => string, reason: RegExp][] = [
  ['a folder', () => folder, /directory/],
  ['a missing folder', () => at('missing', 'x.bin'), /folder does not exist/],
  ['a file in a file', () => at('file', 'x.bin'), /folder does not exist/],
  ['a full device', () => '/dev/full', /disk is full/],
  ['a pipe', () => at('pipe'), /pipe/],
  ['links in a loop', () => at('round'), /links form a loop/],
  ['a name that is too long', () => at('x'.repeat(300)), /too long/],
];
for (const [what, place, reason] of places) {
  test(`${what} is refused with one line`, () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(at('file'), '');
    rmSync(at('pipe'), { force: true });
    execFileSync('mkfifo', [at('pipe')]);
    rmSync(at('round'), { force: true });
    symlinkSync('round', at('round'));
    assert.throws(
      () => writeOutput(place(), 'x'),
      (error) => {
        assert.ok(error instanceof EarshotError && error.code === 'file_unwritable', String(error));
        assert.match(error.message, reason);
        assert.ok(!error.message.includes('\n') && error.hint.length > 0);
        return true;
      },
    );
    nothingLeftOf(folder);
  });
}

test('a device file is written directly', () => {
  writeOutput('/dev/null', 'x');
  assert.ok(statSync('/dev/null').isCharacterDevice());
});
