/**
 * Names under which files are fetched. An id is told to many, so it is no address: a name is an id and what only the cloud can make of it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface FileNames {
  nameOf(id: string): string;
  /** Undefined: it was not made here. */
  idOf(name: string): string | undefined;
}

/** @param secret lasts as long as the files */
export function createFileNames(secret: string): FileNames {
  const proofOf = (id: string) => createHmac('sha256', secret).update(`file ${id}`).digest('base64url');
  return {
    nameOf: (id) => `${proofOf(id)}.${id}`,
    idOf(name) {
      const at = name.indexOf('.');
      const id = name.slice(at + 1);
      const [given, proof] = [Buffer.from(name.slice(0, Math.max(at, 0))), Buffer.from(proofOf(id))];
      return given.length === proof.length && timingSafeEqual(given, proof) ? id : undefined;
    },
  };
}
