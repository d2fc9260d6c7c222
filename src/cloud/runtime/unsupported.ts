/** What convex/ uses and the embedded cloud does not have: all of it is told at once, at the start. */
import type { SchemaDefinition } from 'convex/server';
import { EarshotError } from '../../core/errors.ts';

/** In one sentence each. */
export function schemaProblems(schema: SchemaDefinition<never, true> | undefined): string[] {
  const tables = Object.entries(schema?.tables ?? {}) as [string, { export(): { vectorIndexes: IndexName[] } }][];
  return tables.flatMap(([table, definition]) =>
    definition
      .export()
      .vectorIndexes.map(
        ({ indexDescriptor }) => `the vector index ${table}.${indexDescriptor}: there is no vector search`,
      ),
  );
}
interface IndexName {
  indexDescriptor: string;
}

/** @param config default export of convex.config.ts */
export function componentProblems(config: unknown): string[] {
  const children = (config as { _childComponents?: [name: string][] } | undefined)?._childComponents ?? [];
  return children.map(([name]) => `the component “${name}”: there are no components`);
}

/** @throws EarshotError `cloud_refused` that lists all problems */
export function refuseProblems(problems: readonly string[]): void {
  if (problems.length === 0) return;
  throw new EarshotError(
    'cloud_refused',
    `The embedded cloud cannot run the functions of convex/:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
    'Change them, or use a deployment of Convex (docs/embedded-cloud.md).',
  );
}
