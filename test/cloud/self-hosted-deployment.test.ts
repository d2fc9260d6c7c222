/**
 * The same tests against a real backend, which has the functions of convex/: npm run test:deployment -- --url http://127.0.0.1:3210
 */
import { test } from 'node:test';
import { testDeployment } from './deployment.ts';

const url = process.env.CONVEX_SELF_HOSTED_URL;
const gatewayKey = process.env.EARSHOT_GATEWAY_KEY;

if (url && gatewayKey) testDeployment(async () => ({ url, gatewayKey, async close() {} }));
else {
  const skip = 'set CONVEX_SELF_HOSTED_URL and EARSHOT_GATEWAY_KEY to run the same tests against a real backend';
  test('gateway and cloud against a self-hosted backend', { skip }, () => {});
}
