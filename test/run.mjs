/**
 * `npm test`: runs every test file, five at a time; those that listen to real sound through a browser run after the others, alone. Files that fail
 * are run again, one at a time: what fails beside others and not alone depends on the load of the machine. Such files are named at the end, because that is a fault of the test or of the code; the exit code
 * is 1 only for those that fail again.
 *
 *     npm test                      all
 *     npm test -- test/protocol     those in these folders or files
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const AT_ONCE = 5;
/** Of one test. Isolation and faults take minutes on a busy machine; what hangs is run again alone, within the time that CI has. */
const TEST_MS = 12 * 60_000;
/** What these listen to is lost on a busy machine. */
const ALONE = ['test/browser/talk-assistant.test.ts'];
/** More than these are not a matter of load. */
const MOST_AGAIN = 6;

const places = process.argv.length > 2 ? process.argv.slice(2) : ['test'];
const files = places.flatMap(testFiles);
const alone = files.filter((file) => ALONE.includes(file));
const others = files.filter((file) => !ALONE.includes(file));
const failed = [...(await runFiles(others, AT_ONCE)), ...(await runFiles(alone, 1))];
if (failed.length > MOST_AGAIN) process.exitCode = 1;
else if (failed.length > 0) {
  print(`\nOnce more, alone: ${failed.join(', ')}\n`);
  const again = await runFiles(failed, 1);
  const passed = failed.filter((file) => !again.includes(file));
  if (passed.length > 0) print(`\nFailed beside other tests, and passed alone: ${passed.join(', ')}`);
  if (again.length > 0) {
    print(`\nFailed twice: ${again.join(', ')}`);
    process.exitCode = 1;
  }
}

/** Returns the files in which a test failed. */
async function runFiles(files, atOnce) {
  if (files.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), 'earshot-test-run-'));
  const list = join(folder, 'failed');
  const child = spawn(
    process.execPath,
    [
      ...['--import', 'tsx', '--test', `--test-timeout=${TEST_MS}`, `--test-concurrency=${atOnce}`],
      ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
      ...[`--test-reporter=${join(root, 'test/support/failed-files.mjs')}`, `--test-reporter-destination=${list}`],
      ...files,
    ],
    { cwd: root, stdio: 'inherit' },
  );
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject).once('exit', (...ending) => resolve(ending));
  });
  if (signal !== null) throw new Error(`the tests were ended by ${signal}`);
  const failed = [...new Set(readFileSync(list, 'utf8').split('\n').filter(Boolean))].sort();
  rmSync(folder, { recursive: true });
  // The runner itself failed: nothing is known of the files.
  return code !== 0 && failed.length === 0 ? files : failed;
}

function testFiles(place) {
  if (statSync(join(root, place)).isFile()) return [place];
  return readdirSync(join(root, place), { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(place, name))
    .sort();
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
