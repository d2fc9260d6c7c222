/**
 * The version of the functions of convex/ changes when gateways may call what older deployments do not have. A new function or argument changes this
 * hash: then raise FUNCTIONS_VERSION (src/protocol/functions-version.ts) if a gateway uses it, and write the hash here.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { FUNCTIONS_VERSION } from '../../src/protocol/functions-version.ts';
import { publicFunctions } from './public-functions.ts';

const KNOWN = { version: 2, hash: '6b732cd86024143e' };

test('the functions and their arguments are those of this version', async () => {
  const functions = (await publicFunctions()).map(({ name, args }) => ({ name, args }));
  const sorted = functions.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
  assert.deepEqual({ version: FUNCTIONS_VERSION, hash }, KNOWN, 'see the head of this file');
});
