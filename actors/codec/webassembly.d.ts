/** The part of WebAssembly that is used here. TypeScript has its types only in the DOM library. */
declare namespace WebAssembly {
  interface Memory {
    readonly buffer: ArrayBuffer;
  }
  class Module {
    constructor(bytes: Uint8Array);
    static imports(module: Module): { module: string; name: string }[];
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, (...args: never[]) => number>>);
    readonly exports: unknown;
  }
  /** On V8's own threads. */
  function compile(bytes: Uint8Array): Promise<Module>;
}
