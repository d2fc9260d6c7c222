/** What an export or an import of the cloud's data had in it, for people. */
import type { SnapshotSummary } from '../../cloud/database/snapshot/export-snapshot.ts';
import { formatBytes } from '../terminal/bytes.ts';

export function describeSnapshot({ tables, documents, files, bytes, setAside }: SnapshotSummary): string {
  const left = setAside > 0 ? `; ${setAside} documents that do not fit the schema are not in it` : '';
  return `${documents} documents in ${tables} tables, ${files} files (${formatBytes(bytes)})${left}`;
}
