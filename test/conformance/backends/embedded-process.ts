/**
 * The process of embedded-server.ts: the embedded cloud as it is, with the functions of the suite.
 */

import { adminKeyOf } from '../../../src/cloud/admin-key.ts';
import type { EmbeddedSettings, ToParent } from '../../../src/cloud/messages.ts';
import { serveEmbeddedCloud } from '../../../src/cloud/server/serve.ts';
import { messageOf } from '../../../src/core/errors.ts';
import { createLog } from '../../../src/core/log/create-log.ts';
import { SUITE_KEY } from './suite-key.ts';

const settings: EmbeddedSettings = JSON.parse(process.argv[2] ?? '');
const tell = (message: ToParent) => process.send?.(message);
const write = (line: string) => process.stderr.write(`embedded cloud: ${line}\n`);
const log = createLog({ level: 'info', format: 'text', write, now: Date.now });
process.on('disconnect', () => process.exit());
try {
  const own = { gatewayKey: SUITE_KEY, adminKey: adminKeyOf(SUITE_KEY), variables: {} };
  const { url, port } = await serveEmbeddedCloud(settings, new URL('../convex/', import.meta.url), own, log);
  tell({ kind: 'ready', url, port });
} catch (error) {
  tell({ kind: 'failed', reason: messageOf(error) });
}
