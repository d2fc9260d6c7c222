/** Which entries of a snapshot's archive are what. */
import type { Entry } from 'yauzl';
import { EarshotError } from '../../../core/errors.ts';
import { decodeIdOrNull } from '../document-id.ts';
import { STORAGE_TABLE } from '../schema.ts';

/** Folders before the names mean nothing, as in Convex. */
const DOCUMENTS = /^(?:.*\/)?([^/]+)\/documents\.jsonl$/;
const GENERATED_SCHEMA = /^(?:.*\/)?([^/]+)\/generated_schema\.jsonl$/;
const STORED_FILE = /^(?:.*\/)?_storage\/([^/.]+)(?:\.[^/]+)?$/;

export interface SnapshotParts {
  /** Name and number of each table; undefined: the snapshot does not say. */
  tableNumbers?: Entry;
  documents: ReadonlyMap<string, Entry>;
  /** Tables whose numbers and bigints are distinguished (export-value.ts). */
  generatedSchemas: ReadonlyMap<string, Entry>;
  /** Rows of the files, and the bytes of each by its id. */
  fileRows?: Entry;
  files: ReadonlyMap<string, Entry>;
}

/** @throws EarshotError `file_unreadable` for what cannot be imported here */
export function snapshotParts(entries: readonly Entry[]): SnapshotParts {
  const documents = new Map<string, Entry>();
  const generatedSchemas = new Map<string, Entry>();
  const files = new Map<string, Entry>();
  for (const entry of entries) {
    const { fileName } = entry;
    if (/(?:^|\/)_components\//.test(fileName))
      throw refused('it has components, which the embedded cloud does not support');
    const table = DOCUMENTS.exec(fileName)?.[1];
    const schemaOf = GENERATED_SCHEMA.exec(fileName)?.[1];
    const id = STORED_FILE.exec(fileName)?.[1];
    if (table !== undefined) documents.set(table, entry);
    else if (schemaOf !== undefined) generatedSchemas.set(schemaOf, entry);
    else if (id !== undefined) {
      if (!decodeIdOrNull(id)) throw refused(`${fileName} is not named after an id`);
      files.set(id, entry);
    }
  }
  const tableNumbers = documents.get('_tables');
  const fileRows = documents.get(STORAGE_TABLE);
  // Convex does not import other tables of its system either.
  for (const name of documents.keys()) if (name.startsWith('_')) documents.delete(name);
  if (documents.size === 0 && !fileRows) throw refused('it has no documents');
  return {
    documents,
    generatedSchemas,
    files,
    ...(tableNumbers && { tableNumbers }),
    ...(fileRows && { fileRows }),
  };
}

export function refused(reason: string): EarshotError {
  return new EarshotError(
    'file_unreadable',
    `The snapshot cannot be imported: ${reason}`,
    'Nothing was imported. See docs/embedded-cloud.md.',
  );
}
