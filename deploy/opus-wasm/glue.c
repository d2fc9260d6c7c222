/* WebAssembly has no variable arguments: the one control with a value that Earshot needs. */
#include <opus.h>

int opus_encoder_ctl_set(OpusEncoder *encoder, int control, opus_int32 value) {
  return opus_encoder_ctl(encoder, control, value);
}
