/**
 * Environment variables.
 */
import assert from 'node:assert/strict';
import type { Check } from '../suite/check.ts';

/** The first two every process of these tests has. */
const NAMES = ['PATH', 'HOME', 'EARSHOT_GATEWAY_KEY', 'OPENAI_API_KEY', 'CONVEX_CLOUD_URL', 'CONVEX_SITE_URL'];

export const environment: Check[] = [
  {
    id: 'environment.variables',
    title: 'functions see the variables of the deployment, and none of the process around them',
    async run(backend) {
      for (const seen of [
        await backend.query('environment:inQuery', { names: NAMES }),
        await backend.action('environment:inAction', { names: NAMES }),
      ]) {
        assert.deepEqual(seen, ['CONVEX_CLOUD_URL', 'CONVEX_SITE_URL']);
      }
    },
  },
];
