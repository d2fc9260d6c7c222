/**
 * Earshot as a library: the programs of docs/library.md, in a separate project that has only the package, are compiled
 * against its types and run.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { alignedCorrelation, readSamples, SHORT_SPEECH, throughCodec } from '../support/speech.ts';

const run = promisify(execFile);
const tree = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(tree, 'docs/library.md'), 'utf8');
const [line = '', protocol = ''] = [...page.matchAll(/^```ts.*\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
/** Of the client library: only compiled, because each wants a gateway. */
const [ofPage = '', ofNode = ''] = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code]) => code);

const COMPILER_OPTIONS = {
  ...{ target: 'ES2022', module: 'NodeNext', types: ['node'], outDir: 'out' },
  // With the types of the package, with the strictest options.
  ...{ strict: true, noUncheckedIndexedAccess: true },
};

let project: string;
before(() => {
  project = mkdtempSync(join(tmpdir(), 'earshot-consumer-'));
  mkdirSync(join(project, 'node_modules'));
  // Like `npm install ../earshot`.
  symlinkSync(tree, join(project, 'node_modules/earshot'));
  symlinkSync(join(tree, 'node_modules/@types'), join(project, 'node_modules/@types'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));
  writeFileSync(join(project, 'line.ts'), line);
  writeFileSync(join(project, 'protocol.ts'), protocol);
  writeFileSync(join(project, 'of-page.ts'), `declare const frame: Uint8Array<ArrayBuffer>;\n${ofPage}`);
  writeFileSync(join(project, 'of-node.ts'), ofNode);
  copyFileSync(SHORT_SPEECH, join(project, 'speech.wav'));
});
after(() => rmSync(project, { recursive: true, force: true }));

test('the programs of the page compile against the types of the package, and run', {
  timeout: 110_000,
}, async () => {
  await run(process.execPath, [join(tree, 'node_modules/typescript/bin/tsc'), '-p', '.'], { cwd: project }).catch(
    ({ stdout }: { stdout: string }) => assert.fail(stdout),
  );
  const result = await run(process.execPath, ['out/line.js'], {
    cwd: project,
    env: { ...process.env, TMPDIR: project },
  });
  assert.deepEqual(JSON.parse(result.stdout), {
    ...{ outcome: 'done', said: 'what was said', answered: 'what is answered' },
  });
  const { correlation } = alignedCorrelation(
    throughCodec(readSamples(SHORT_SPEECH)).subarray(1_600, -1_600),
    readSamples(join(project, 'reply.wav')),
  );
  assert.ok(correlation > 0.9, `correlation ${correlation}`);
  assert.equal((await run(process.execPath, ['out/protocol.js'], { cwd: project })).stdout, '2\n');
});

test('every export of the library is documented where it is declared', () => {
  const undocumented = ['src/index.ts', 'src/protocol/index.ts'].flatMap((index) =>
    [...readFileSync(join(tree, index), 'utf8').matchAll(/^export (?:type )?\{([^}]*)\} from '(.*)';$/gm)].flatMap(
      ([, names = '', from = '']) => {
        const source = readFileSync(join(tree, index, '..', from), 'utf8');
        return names
          .split(',')
          .map((name) => name.replace('type ', '').trim())
          .filter((name) => name && !isDocumented(source, name))
          .map((name) => `${name} in ${from}`);
      },
    ),
  );
  assert.deepEqual(undocumented, []);
});

/** Whether a comment is directly before its declaration, or each of its members has one. */
function isDocumented(source: string, name: string): boolean {
  const declaration = `export (?:async )?(?:const|class|function|interface|type) ${name}\\b`;
  return new RegExp(`\\*/\\n${declaration}`).test(source);
}
