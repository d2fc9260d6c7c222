/**
 * ONNX Runtime's C interface, called with koffi. The library is the one that sherpa-onnx-node brings: onnxruntime-node would be 290 MB
 * more on the disk, and onnxruntime-web takes four times the processor time and the memory.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { EarshotError, messageOf } from '../../src/core/errors.ts';

/** A pointer of C. */
export type Pointer = unknown;

/** Functions of the library. Those that can fail throw. */
export interface OnnxLibrary {
  /** To be kept: koffi unloads a library to which nothing refers, and pointers to its functions do not count. */
  readonly handle: unknown;
  createSession(model: Uint8Array): Pointer;
  releaseSession(session: Pointer): void;
  inputName(session: Pointer): string;
  outputName(session: Pointer): string;
  /** Sizes of the first input; −1: any size. */
  inputShape(session: Pointer): number[];
  allocate(floats: number): Pointer;
  free(memory: Pointer): void;
  /** The allocated floats. */
  floatsOf(memory: Pointer, floats: number): Float32Array;
  /** A tensor that uses the allocated floats. */
  createTensor(memory: Pointer, shape: readonly number[]): Pointer;
  releaseTensor(tensor: Pointer): void;
  infer(session: Pointer, input: [name: string, tensor: Pointer], output: [name: string, tensor: Pointer]): void;
}

/**
 * Positions in the table of functions, `OrtApi` of onnxruntime_c_api.h. The table only grows at its end, so these are the same in every
 * version of the library.
 */
const FUNCTIONS = {
  GetErrorMessage: [2, 'const char *GetErrorMessage(void *status)'],
  CreateEnv: [3, 'void *CreateEnv(int level, const char *name, _Out_ void **env)'],
  CreateSessionFromArray: [
    8,
    'void *CreateSessionFromArray(void *env, const void *model, size_t bytes, void *options, _Out_ void **session)',
  ],
  Run: [
    9,
    'void *Run(void *session, void *options, const char **inputs, void **values, size_t count, const char **outputs, size_t results, _Inout_ void **out)',
  ],
  CreateSessionOptions: [10, 'void *CreateSessionOptions(_Out_ void **options)'],
  SetIntraOpNumThreads: [24, 'void *SetIntraOpNumThreads(void *options, int threads)'],
  SessionGetInputTypeInfo: [33, 'void *SessionGetInputTypeInfo(void *session, size_t index, _Out_ void **info)'],
  SessionGetInputName: [
    36,
    'void *SessionGetInputName(void *session, size_t index, void *allocator, _Out_ char **name)',
  ],
  SessionGetOutputName: [
    37,
    'void *SessionGetOutputName(void *session, size_t index, void *allocator, _Out_ char **name)',
  ],
  CreateTensorWithDataAsOrtValue: [
    49,
    'void *CreateTensorWithDataAsOrtValue(void *memory, void *data, size_t bytes, int64_t *shape, size_t dimensions, int type, _Out_ void **value)',
  ],
  CastTypeInfoToTensorInfo: [55, 'void *CastTypeInfoToTensorInfo(void *info, _Out_ void **tensor)'],
  GetDimensionsCount: [61, 'void *GetDimensionsCount(void *tensor, _Out_ size_t *count)'],
  GetDimensions: [62, 'void *GetDimensions(void *tensor, _Out_ int64_t *sizes, size_t count)'],
  CreateCpuMemoryInfo: [69, 'void *CreateCpuMemoryInfo(int allocator, int type, _Out_ void **memory)'],
  GetAllocatorWithDefaultOptions: [78, 'void *GetAllocatorWithDefaultOptions(_Out_ void **allocator)'],
  ReleaseStatus: [93, 'void ReleaseStatus(void *status)'],
  ReleaseSession: [95, 'void ReleaseSession(void *session)'],
  ReleaseValue: [96, 'void ReleaseValue(void *value)'],
  ReleaseTypeInfo: [98, 'void ReleaseTypeInfo(void *info)'],
} as const;
/** The first version of the table: it has all of these. */
const API_VERSION = 1;
const TABLE_LENGTH = 102;
/** Of the library's own log, to standard error. */
const LOG_FATAL = 4;
const ARENA_ALLOCATOR = 1;
const MEMORY_DEFAULT = 0;
const FLOAT = 1;
const FLOAT_BYTES = 4;

/** Loads it, once for each thread. @throws EarshotError `wake_unavailable` */
export async function loadOnnxLibrary(): Promise<OnnxLibrary> {
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load(libraryPath());
    const base = koffi.decode(library.func('void *OrtGetApiBase()')(), 'void *', 2);
    const getApi = koffi.decode(base[0], koffi.proto('void *(uint32_t version)'));
    const table = koffi.decode(getApi(API_VERSION), 'void *', TABLE_LENGTH);
    const functions = Object.entries(FUNCTIONS).map(([name, [index, declaration]]) => [
      name,
      koffi.decode(table[index], koffi.proto(declaration.replace(name, ''))),
    ]);
    return { handle: library, ...libraryOf(koffi, Object.fromEntries(functions)) };
  } catch (cause) {
    throw new EarshotError(
      'wake_unavailable',
      `ONNX Runtime, which computes the wake word, cannot be loaded: ${messageOf(cause).split('\n', 1)[0]}`,
      'The installed service does not have it: choose a server there, --wake-word wyoming:tcp://HOST:PORT. Elsewhere: npm install koffi sherpa-onnx-node.',
      { cause },
    );
  }
}

function libraryPath(): string {
  const sherpa = createRequire(import.meta.url).resolve('sherpa-onnx-node/package.json');
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const folder = dirname(createRequire(sherpa).resolve(`sherpa-onnx-${platform}-${process.arch}/package.json`));
  const file = readdirSync(folder).find((name) => /^(lib)?onnxruntime.*\.(so|dylib|dll)/.test(name));
  if (file === undefined) throw new Error(`${folder} has no ONNX Runtime`);
  return join(folder, file);
}

type Koffi = typeof import('koffi').default;
// biome-ignore lint/suspicious/noExplicitAny: the types of C are in the declarations above
type Functions = Record<keyof typeof FUNCTIONS, (...args: any[]) => any>;

function libraryOf(koffi: Koffi, functions: Functions): Omit<OnnxLibrary, 'handle'> {
  /** @throws when the function returned a status. */
  function check(status: Pointer): void {
    if (!status) return;
    const message = functions.GetErrorMessage(status);
    functions.ReleaseStatus(status);
    throw new Error(message);
  }

  /** What a function returns through its last argument. */
  function result<Value = Pointer>(call: (out: Value[]) => Pointer): Value {
    const out = [null as Value];
    check(call(out));
    return out[0] as Value;
  }

  const env = result((out) => functions.CreateEnv(LOG_FATAL, 'earshot', out));
  const options = result((out) => functions.CreateSessionOptions(out));
  check(functions.SetIntraOpNumThreads(options, 1));
  const allocator = result((out) => functions.GetAllocatorWithDefaultOptions(out));
  const memoryInfo = result((out) => functions.CreateCpuMemoryInfo(ARENA_ALLOCATOR, MEMORY_DEFAULT, out));

  return {
    createSession: (model) => result((out) => functions.CreateSessionFromArray(env, model, model.length, options, out)),
    releaseSession: (session) => functions.ReleaseSession(session),
    inputName: (session) => result<string>((out) => functions.SessionGetInputName(session, 0, allocator, out)),
    outputName: (session) => result<string>((out) => functions.SessionGetOutputName(session, 0, allocator, out)),
    inputShape(session) {
      const info = result((out) => functions.SessionGetInputTypeInfo(session, 0, out));
      const tensor = result((out) => functions.CastTypeInfoToTensorInfo(info, out));
      const count = result<number>((out) => functions.GetDimensionsCount(tensor, out));
      const sizes = new BigInt64Array(count);
      check(functions.GetDimensions(tensor, sizes, count));
      functions.ReleaseTypeInfo(info);
      return Array.from(sizes, Number);
    },
    allocate: (floats) => koffi.alloc('float', floats),
    free: (memory) => koffi.free(memory),
    floatsOf: (memory, floats) => new Float32Array(koffi.view(memory, floats * FLOAT_BYTES)),
    createTensor(memory, shape) {
      const bytes = floatsIn(shape) * FLOAT_BYTES;
      const sizes = BigInt64Array.from(shape, BigInt);
      return result((out) =>
        functions.CreateTensorWithDataAsOrtValue(memoryInfo, memory, bytes, sizes, shape.length, FLOAT, out),
      );
    },
    releaseTensor: (tensor) => functions.ReleaseValue(tensor),
    infer: (session, [inputName, input], [outputName, output]) =>
      check(functions.Run(session, null, [inputName], [input], 1, [outputName], 1, [output])),
  };
}

export function floatsIn(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
