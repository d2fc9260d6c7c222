/**
 * Convex's limits of documents and transactions, as of its backend of August 2026 (`crates/common/src/knobs.rs`, `document.rs`,
 * `crates/value/src`). Enforced here too, so that nothing passes here and fails in a deployment.
 */
export const CONVEX_LIMITS = {
  /** With `_id` and `_creationTime`. */
  documentBytes: 1 << 20,
  /** Of a document; values elsewhere (arguments, results) may have 64 levels. */
  documentNesting: 16,
  objectFields: 1_024,
  fieldNameCharacters: 1_024,
  identifierCharacters: 64,
  /** Of a table, search indexes included. */
  indexes: 64,
  indexFields: 16,
  filterFields: 16,

  /** In one transaction, from here on: */
  documentsRead: 32_000,
  bytesRead: 16 << 20,
  documentsWritten: 16_000,
  bytesWritten: 16 << 20,
  /** Separate ranges of indexes that are read. */
  rangesRead: 4_096,

  /** Of `filter` and `take` on one query. */
  queryOperators: 256,
  /** A page that is longer should be split. */
  pageDocuments: 6_144,
  /** From this share of what may be read on, a page should be split. */
  pageShare: 0.75,

  /** Of a search, from here on: */
  searchResults: 1_024,
  searchTerms: 16,
  searchFilters: 8,
} as const;

export type ConvexLimits = { readonly [name in keyof typeof CONVEX_LIMITS]: number };
