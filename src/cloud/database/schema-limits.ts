/** Convex's rules for indexes, which it checks when a schema is deployed: in its words, all that is wrong at once. */
import { EarshotError } from '../../core/errors.ts';
import type { ConvexLimits } from './convex-limits.ts';
import { checkTableName } from './document-check.ts';
import type { TableDefinition } from './schema.ts';

/** @throws EarshotError `cloud_refused` */
export function checkSchema(definitions: ReadonlyMap<string, TableDefinition>, limits: ConvexLimits): void {
  const problems = [...definitions].flatMap(([name, definition]) => tableProblems(name, definition, limits));
  if (problems.length === 0) return;
  throw new EarshotError(
    'cloud_refused',
    `The schema of convex/ has indexes that Convex refuses:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
    'Change them in convex/schema.ts.',
  );
}

function tableProblems(table: string, { indexes, searchIndexes }: TableDefinition, limits: ConvexLimits): string[] {
  const problems: string[] = [];
  try {
    checkTableName(table, limits);
  } catch (error) {
    problems.push((error as Error).message);
  }
  if (indexes.length + searchIndexes.length > limits.indexes) {
    problems.push(`Table "${table}" cannot have more than ${limits.indexes} indexes.`);
  }
  const seen = new Map<string, string>();
  for (const { name, fields } of indexes) {
    problems.push(...indexProblems(table, name, fields, limits));
    const other = seen.get(fields.join());
    if (other !== undefined) {
      problems.push(
        `In table "${table}" index "${other}" and index "${name}" have the same fields. Indexes must be unique within a table.`,
      );
    }
    seen.set(fields.join(), name);
  }
  for (const { name, filterFields } of searchIndexes) {
    if (filterFields.length > limits.filterFields) {
      problems.push(`Search indexes may have up to ${limits.filterFields} filter fields. (${table}.${name})`);
    }
  }
  const names = [...indexes, ...searchIndexes].map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) problems.push(`Table "${table}" has two or more definitions of index "${twice}".`);
  return problems;
}

function indexProblems(table: string, name: string, fields: readonly string[], limits: ConvexLimits): string[] {
  const problems: string[] = [];
  if (!/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/.test(name) || name === 'by_id' || name === 'by_creation_time') {
    problems.push(
      `In table "${table}" cannot name an index "${name}" because the name is reserved. Indexes may not start with an underscore or be named "by_id" or "by_creation_time".`,
    );
  }
  if (fields.length === 0) problems.push(`In table "${table}" index "${name}" must have at least one field.`);
  if (fields.length > limits.indexFields)
    problems.push(`Indexes may have up to ${limits.indexFields} fields. (${table}.${name})`);
  const twice = fields.find((field, i) => fields.indexOf(field) !== i);
  if (twice !== undefined) problems.push(`Duplicate field ${twice}. Index fields must be unique within an index.`);
  if (fields.includes('_id')) {
    problems.push('`_id` is not a valid index field. To load documents by ID, use `db.get(id)`.');
  }
  if (fields.includes('_creationTime')) {
    problems.push(
      '`_creationTime` is automatically added to the end of each index. It should not be added explicitly in the index definition. See https://docs.convex.dev/using/indexes for more details.',
    );
  }
  return problems;
}
