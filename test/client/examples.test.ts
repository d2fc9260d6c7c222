/** The script of examples/client, as a program that has only the package: it asks a gateway with a recording, and saves the answer. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { silentLog } from '../../src/core/log/log.ts';
import { startGateway } from '../../src/gateway/gateway.ts';
import { ANSWER, QUESTION, repeat } from '../browser/talk-gateway.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { withoutCloud } from '../support/no-cloud.ts';
import { alignedCorrelation, readSamples, SHORT_SPEECH, throughCodec } from '../support/speech.ts';

const tree = fileURLToPath(new URL('../../', import.meta.url));

test('each example has at most 20 lines', () => {
  for (const name of ['page.html', 'script.mjs']) {
    const text = readFileSync(join(tree, 'examples/client', name), 'utf8');
    assert.ok(text.trimEnd().split('\n').length <= 20, name);
    // Readable, not only short.
    assert.ok(
      text.split('\n').every((line) => line.length <= 125),
      name,
    );
  }
});

test('the script prints both sides’ words, and its answer is the recording', async () => {
  await inTemporaryFolder(async (folder) => {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(tree, join(folder, 'node_modules/earshot'));
    copyFileSync(join(tree, 'examples/client/script.mjs'), join(folder, 'script.mjs'));
    const gateway = await startGateway({
      ...{ host: '127.0.0.1', port: 0, responder: repeat, log: silentLog },
      cloud: withoutCloud({ has: () => false, async record() {} }),
    });
    try {
      const run = promisify(execFile)(process.execPath, ['script.mjs', gateway.url, SHORT_SPEECH, 'answer.wav'], {
        cwd: folder,
      });
      const { stdout, stderr } = await run;
      assert.deepEqual([stdout, stderr], [`heard: ${QUESTION}\nsaid: ${ANSWER.join(' ')}\n`, '']);
    } finally {
      await gateway.close();
    }
    const answer = readSamples(join(folder, 'answer.wav'));
    const { correlation } = alignedCorrelation(throughCodec(readSamples(SHORT_SPEECH)).subarray(1_600, -1_600), answer);
    assert.ok(correlation > 0.9, `correlation ${correlation}`);
  });
});
