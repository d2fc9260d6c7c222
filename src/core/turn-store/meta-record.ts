/** The first record of a segment file: it describes the others, as JSON. Pure. */
import * as v from 'valibot';
import { RECORD_META, type SegmentRecord } from './segment.ts';

export function metaRecord(meta: object): SegmentRecord {
  return { kind: RECORD_META, body: new TextEncoder().encode(JSON.stringify(meta)) };
}

/** Undefined when there is none, or when another version has written it. */
export function readMeta<Schema extends v.GenericSchema>(
  schema: Schema,
  records: readonly SegmentRecord[],
): v.InferOutput<Schema> | undefined {
  const body = records.find(({ kind }) => kind === RECORD_META)?.body;
  if (!body) return undefined;
  try {
    const parsed = v.safeParse(schema, JSON.parse(new TextDecoder().decode(body)));
    return parsed.success ? parsed.output : undefined;
  } catch {
    // Not JSON, although its checksum is right.
    return undefined;
  }
}
