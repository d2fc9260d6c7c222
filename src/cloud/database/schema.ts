/**
 * The tables, indexes and validators that a deployment's schema.ts declares, and the tables of the system beside them.
 */
import type { GenericSchema, SchemaDefinition } from 'convex/server';
import type { ValidatorJSON } from 'convex/values';
import { compileValidator, type Validator } from './validator.ts';

/** As convex/server names them. */
export type DeployedSchema = SchemaDefinition<GenericSchema, boolean>;

export interface IndexDefinition {
  name: string;
  /** Without `_creationTime` and `_id`, which end every index. */
  fields: readonly string[];
}
export interface SearchIndexDefinition {
  name: string;
  searchField: string;
  filterFields: readonly string[];
}
export interface TableDefinition {
  indexes: readonly IndexDefinition[];
  searchIndexes: readonly SearchIndexDefinition[];
  /** Of a document without its system fields. Undefined: anything fits. */
  validator?: Validator;
  /** What the validator says, to see whether it has changed. */
  documentType?: ValidatorJSON;
}

/** What `export()` of a schema writes. It is Convex's format of a deployment, and not in the types of the package. */
interface ExportedSchema {
  tables: {
    tableName: string;
    indexes: { indexDescriptor: string; fields: string[] }[];
    searchIndexes: { indexDescriptor: string; searchField: string; filterFields: string[] }[];
    documentType: ValidatorJSON;
  }[];
  schemaValidation: boolean;
}

/** The tables of Convex's system that functions see, with their numbers there: `crates/model/src/lib.rs`, after the 512 reserved ones. */
export const SYSTEM_TABLES: Record<string, { number: number; indexes: readonly IndexDefinition[] }> = {
  _storage: { number: 512 + 28, indexes: [] },
  _scheduled_functions: {
    number: 512 + 27,
    /** What is due next. */
    indexes: [{ name: 'by_state_and_time', fields: ['state.kind', 'scheduledTime'] }],
  },
};
/** User tables have the numbers after this one. */
export const RESERVED_TABLE_NUMBERS = 10_000;

export function readSchema(schema: DeployedSchema): Map<string, TableDefinition> {
  const { tables, schemaValidation } = JSON.parse(
    (schema as unknown as { export(): string }).export(),
  ) as ExportedSchema;
  return new Map(
    tables.map(({ tableName, indexes, searchIndexes, documentType }) => {
      const isChecked = schemaValidation && documentType.type !== 'any';
      return [
        tableName,
        {
          indexes: indexes.map(({ indexDescriptor, fields }) => ({ name: indexDescriptor, fields })),
          searchIndexes: searchIndexes.map(({ indexDescriptor, searchField, filterFields }) => ({
            name: indexDescriptor,
            searchField,
            filterFields,
          })),
          ...(isChecked && { validator: compileValidator(documentType), documentType }),
        },
      ];
    }),
  );
}
