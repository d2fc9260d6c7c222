/**
 * The tables, indexes and validators that a deployment's schema.ts declares, and the tables of the system beside them.
 */
import { defineSchema, defineTable, type GenericSchema, type SchemaDefinition } from 'convex/server';
import { type ValidatorJSON, v } from 'convex/values';
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

/** The numbers of tables of Convex's system: `crates/model/src/lib.rs`, after the 512 that it reserves. */
const SYSTEM_TABLE_NUMBERS: Record<string, number> = {
  _session_requests: 512 + 17,
  _cron_jobs: 512 + 19,
  _scheduled_functions: 512 + 27,
  _storage: 512 + 28,
};
/** Other tables of the system have the numbers after this one, those of users the ones after the next. */
const LAST_SYSTEM_TABLE = 512 + 512;
const LAST_RESERVED_TABLE = 10_000;

/** What is known of the files that are stored. */
export const STORAGE_TABLE = '_storage';
const FILE_TABLES = {
  [STORAGE_TABLE]: defineTable({ sha256: v.string(), size: v.number(), contentType: v.optional(v.string()) }),
};

export function tableNumber(name: string, isTaken: (number: number) => boolean): number {
  const known = SYSTEM_TABLE_NUMBERS[name];
  if (known !== undefined) return known;
  let number = (name.startsWith('_') ? LAST_SYSTEM_TABLE : LAST_RESERVED_TABLE) + 1;
  while (isTaken(number)) number++;
  return number;
}

/** All tables of a database. `system`: those of the runtime. */
export function readTables(schema: DeployedSchema, system: GenericSchema): Map<string, TableDefinition> {
  return new Map([...readSchema(defineSchema({ ...FILE_TABLES, ...system })), ...readSchema(schema)]);
}

function readSchema(schema: DeployedSchema): Map<string, TableDefinition> {
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
