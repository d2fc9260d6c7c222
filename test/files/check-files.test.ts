/** No command overwrites its input: under any name of the file, and whether or not the file exists. */
import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, test } from 'node:test';
import { EarshotError } from '../../src/core/errors.ts';
import { checkFiles, checkFolder } from '../../src/core/files/check-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'earshot-test-files-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (...names: string[]) => join(folder, ...names);

writeFileSync(at('a.wav'), 'a');
writeFileSync(at('b.wav'), 'b');
symlinkSync('a.wav', at('link.wav'));
symlinkSync('link.wav', at('link-to-link.wav'));
linkSync(at('a.wav'), at('hard.wav'));
symlinkSync('nowhere.wav', at('dangling.wav'));
symlinkSync('round.wav', at('round.wav'));
mkdirSync(at('sub'));
symlinkSync('sub', at('sub-link'));
writeFileSync(at('sub', 'a.wav'), 'another');

function refused(inputs: string[], outputs: string[], reason: RegExp, printsJson = false): void {
  assert.throws(
    () => checkFiles({ inputs, outputs, printsJson }),
    (error) => {
      assert.ok(error instanceof EarshotError && error.code === 'usage', String(error));
      assert.match(error.message, reason);
      assert.ok(error.hint.length > 0);
      return true;
    },
    `${inputs} → ${outputs}`,
  );
}

test('an output that is an input, under any name', () => {
  const here = relative(process.cwd(), at('a.wav'));
  const names = [
    at('a.wav'),
    `${folder}/./a.wav`,
    `${folder}/sub/../a.wav`,
    `${folder}//a.wav`,
    here,
    at('link.wav'),
    at('link-to-link.wav'),
    at('hard.wav'),
  ];
  for (const input of names) for (const output of names) refused([input], [output], /is not written: it is/);
  refused([at('b.wav'), at('a.wav')], [at('link.wav')], /link\.wav is not written: it is the same file as .*a\.wav/);
  refused([at('sub', 'a.wav')], [at('sub-link', 'a.wav')], /is not written/);
});

test('an output that does not exist yet', () => {
  refused([at('new.wav')], [`${folder}/./new.wav`], /is not written/);
  refused([at('sub', 'new.wav')], [at('sub-link', 'new.wav')], /is not written/);
  refused([at('nowhere.wav')], [at('dangling.wav')], /is not written/);
  refused([at('no', 'folder', 'new.wav')], [at('no', 'folder', '..', 'folder', 'new.wav')], /is not written/);
});

test('two outputs that are the same file', () => {
  refused([], [at('new.wav'), `${folder}/./new.wav`], /are the same file/);
  refused([], [at('a.wav'), at('hard.wav')], /are the same file/);
  refused([], [at('nowhere.wav'), at('b.wav'), at('dangling.wav')], /are the same file/);
});

test('a standard stream used twice, or for a file and the JSON', () => {
  refused(['-', '/dev/stdin'], [], /Standard input can be read only once/);
  refused([], ['-', '/dev/stdout'], /Standard output can contain only one file/);
  refused([], ['-'], /the file or the JSON/, true);
  assert.throws(() => checkFolder('-'), /Several files/);
});

test('an input that does not exist', () => {
  for (const missing of [at('nowhere.wav'), at('dangling.wav'), at('a.wav', 'b')]) {
    assert.throws(() => checkFiles({ inputs: [at('a.wav'), missing], outputs: [] }), { code: 'file_not_found' });
  }
});

test('a directory, and an output without a folder', () => {
  refused([at('sub')], [], /sub cannot be read: it is a directory/);
  refused([], [at('sub')], /sub cannot be written: it is a directory/);
  for (const output of [at('no', 'new.wav'), at('a.wav', 'b')]) refused([], [output], /its folder does not exist/);
  checkFiles({ inputs: [], outputs: [at('no', 'new.wav')], makesFolder: true });
});

test('everything else is allowed', () => {
  checkFiles({ inputs: [at('a.wav'), undefined], outputs: [at('b.wav'), undefined, at('new.wav')] });
  checkFiles({ inputs: [at('a.wav')], outputs: [at('sub', 'a.wav')] });
  checkFiles({ inputs: [at('sub', 'a.wav')], outputs: [at('new.wav')] });
  // Writing to a device loses nothing, and a file that cannot be examined is refused when it is opened.
  checkFiles({ inputs: ['/dev/null'], outputs: ['/dev/null', '/dev/full'] });
  checkFiles({ inputs: [at('round.wav')], outputs: [at('round.wav')] });
  checkFolder(undefined);
  checkFolder(folder);
});
