#!/bin/bash
# Builds assets/opus-wasm/opus.wasm from Debian's source of libopus: encoder and decoder of 16 bit samples, in fixed point, for size.
# The result is in the repository, because it needs a compiler that few have: apt-get install clang lld wasi-libc binaryen, and
# deb-src in apt's sources.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get source --download-only -q opus
tar xzf opus_*.orig.tar.gz
cd opus-*/

# The value of a variable in one of the library's lists of sources.
list() {
  # shellcheck disable=SC2016 # make expands it
  printf 'include %s\nlist:\n\t@echo $(%s)\n' "$1" "$2" | make -sf - list
}
sources="src/opus.c src/opus_decoder.c src/opus_encoder.c src/repacketizer.c $(list celt_sources.mk CELT_SOURCES)"
sources="$sources $(list silk_sources.mk SILK_SOURCES) $(list silk_sources.mk SILK_SOURCES_FIXED)"
exports=(malloc free opus_encoder_get_size opus_encoder_init opus_encoder_ctl_set opus_encode)
exports+=(opus_decoder_get_size opus_decoder_init opus_decode)

# What every browser of the pages has (deploy/build-pages.mjs), beyond the first WebAssembly.
features=(sign-ext bulk-memory)
mkdir objects
for source in "$here/glue.c" $sources; do
  clang --target=wasm32-wasi -isystem /usr/include/wasm32-wasi \
    -Oz -flto -ffunction-sections -fdata-sections -fvisibility=hidden -w "${features[@]/#/-m}" \
    -DOPUS_BUILD -DFIXED_POINT=1 -DDISABLE_FLOAT_API -DSMALL_FOOTPRINT -DVAR_ARRAYS -DNDEBUG -DPACKAGE_VERSION='""' \
    -Iinclude -Icelt -Isilk -Isilk/fixed -c "$source" -o "objects/$(echo "${source#"$here"/}" | tr / -).o"
done
# Without -O: clang would run wasm-opt by itself, which would not know the features.
clang --target=wasm32-wasi -L/usr/lib/wasm32-wasi -flto -mexec-model=reactor -nodefaultlibs -lc \
  -Wl,--gc-sections,--strip-all,--lto-O2,--initial-memory=1048576 -Wl,-z,stack-size=131072 \
  "${exports[@]/#/-Wl,--export=}" -o linked.wasm objects/*.o
# The linker puts nothing below 1024.
wasm-opt -Oz --converge --low-memory-unused "${features[@]/#/--enable-}" linked.wasm -o "$here/../../assets/opus-wasm/opus.wasm"
cp COPYING "$here/../../assets/opus-wasm/COPYING"
