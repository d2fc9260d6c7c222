/**
 * The process of embedded-server.ts.
 */
import type { EmbeddedSettings } from '../../../src/cloud/messages.ts';
import { serveEmbeddedCloud } from '../../../src/cloud/server/serve.ts';

const settings: EmbeddedSettings = JSON.parse(process.argv[2] ?? '');
const report = (what: string, error: unknown) => process.stderr.write(`embedded cloud: ${what}: ${error}\n`);
process.on('disconnect', () => process.exit());
try {
  const { url, port } = await serveEmbeddedCloud(
    settings,
    new URL('../convex/', import.meta.url),
    { gatewayKey: 'a key for tests', adminKey: '' },
    report,
  );
  process.send?.({ kind: 'ready', url, port });
} catch (error) {
  process.send?.({ kind: 'failed', reason: String(error) });
}
