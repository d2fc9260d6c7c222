/*
 * A plain sound card in software, for measuring: 16 kHz, mono, an interrupt a period, no sound server. Cards that name the
 * same file share the air of one room: what one plays is heard by another at the very sample at which it leaves the speaker.
 *
 *     pcm_type.plain { lib "/path/to/plain-card.so" }
 *     pcm.speaker { type plain air "/path/to/room" }
 *
 * gcc -shared -fPIC -O2 -DPIC plain-card.c -o plain-card.so -lasound
 */
#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define RATE 16000
#define NS 1000000000LL
/* 4 s of air; a sound that is older has faded away. It counts as memory of who breathes it: no more than is needed. */
#define SLOTS (1 << 16)

/* A sample and the time it belongs to, written as one: the time says whether it is of this minute or the one before. */
typedef _Atomic uint64_t slot;

typedef struct {
  snd_pcm_ioplug_t io;
  slot *air;
  int64_t started_ns;
  /* Samples handed over since the card was prepared. */
  int64_t moved;
  int running;
  int16_t *waiting;
} card;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * NS + t.tv_nsec;
}

static int64_t at(const card *c, int64_t sample) { return c->started_ns * RATE / NS + sample; }

static void put(card *c, int64_t sample, int16_t value) {
  int64_t time = at(c, sample);
  atomic_store_explicit(&c->air[time % SLOTS], (uint64_t)time << 16 | (uint16_t)value, memory_order_relaxed);
}

static int16_t get(const card *c, int64_t sample) {
  int64_t time = at(c, sample);
  uint64_t heard = atomic_load_explicit(&c->air[time % SLOTS], memory_order_relaxed);
  return heard >> 16 == (uint64_t)time ? (int16_t)heard : 0;
}

static int card_start(snd_pcm_ioplug_t *io) {
  card *c = io->private_data;
  int64_t period_ns = (int64_t)io->period_size * NS / RATE;
  struct itimerspec every = {{period_ns / NS, period_ns % NS}, {period_ns / NS, period_ns % NS}};
  c->started_ns = now_ns();
  c->running = 1;
  if (io->stream == SND_PCM_STREAM_PLAYBACK)
    for (int64_t i = 0; i < c->moved; i++) put(c, i, c->waiting[i]);
  return timerfd_settime(io->poll_fd, 0, &every, NULL) < 0 ? -errno : 0;
}

static int card_stop(snd_pcm_ioplug_t *io) {
  card *c = io->private_data;
  struct itimerspec never = {{0, 0}, {0, 0}};
  c->running = 0;
  timerfd_settime(io->poll_fd, 0, &never, NULL);
  return 0;
}

static int card_prepare(snd_pcm_ioplug_t *io) {
  card *c = io->private_data;
  c->moved = 0;
  free(c->waiting);
  c->waiting = calloc(io->buffer_size, sizeof *c->waiting);
  return c->waiting ? 0 : -ENOMEM;
}

/* Tells its place once a period, as a card does that has nothing but its interrupt. */
static snd_pcm_sframes_t card_pointer(snd_pcm_ioplug_t *io) {
  card *c = io->private_data;
  if (!c->running) return 0;
  /* A timer may be a little early. */
  int64_t passed = (now_ns() - c->started_ns + 200000) * RATE / NS;
  passed -= passed % io->period_size;
  /* Ran dry, or over: nothing of it can be mended but by starting again. */
  if (io->stream == SND_PCM_STREAM_PLAYBACK ? passed > c->moved : passed - c->moved > (int64_t)io->buffer_size)
    return -EPIPE;
  return passed % io->buffer_size;
}

static snd_pcm_sframes_t card_transfer(snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas,
                                       snd_pcm_uframes_t offset, snd_pcm_uframes_t size) {
  card *c = io->private_data;
  int16_t *samples = (int16_t *)((char *)areas->addr + (areas->first + areas->step * offset) / 8);
  for (snd_pcm_uframes_t i = 0; i < size; i++, c->moved++) {
    if (io->stream == SND_PCM_STREAM_CAPTURE) samples[i] = get(c, c->moved);
    else if (c->running) put(c, c->moved, samples[i]);
    else if (c->moved < (int64_t)io->buffer_size) c->waiting[c->moved] = samples[i];
  }
  return size;
}

static int card_close(snd_pcm_ioplug_t *io) {
  card *c = io->private_data;
  close(io->poll_fd);
  munmap((void *)c->air, SLOTS * sizeof(slot));
  free(c->waiting);
  free(c);
  return 0;
}

static int card_poll(snd_pcm_ioplug_t *io, struct pollfd *fds, unsigned int count, unsigned short *events) {
  uint64_t interrupts;
  (void)count;
  *events = 0;
  if (!(fds[0].revents & POLLIN)) return 0;
  if (read(io->poll_fd, &interrupts, sizeof interrupts) < 0) return 0;
  *events = io->stream == SND_PCM_STREAM_CAPTURE ? POLLIN : POLLOUT;
  return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
    .start = card_start,
    .stop = card_stop,
    .prepare = card_prepare,
    .pointer = card_pointer,
    .transfer = card_transfer,
    .close = card_close,
    .poll_revents = card_poll,
};

static slot *enter(const char *path) {
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return NULL;
  if (ftruncate(fd, SLOTS * sizeof(slot)) < 0) {
    close(fd);
    return NULL;
  }
  void *air = mmap(NULL, SLOTS * sizeof(slot), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return air == MAP_FAILED ? NULL : air;
}

SND_PCM_PLUGIN_DEFINE_FUNC(plain) {
  const char *path = NULL;
  snd_config_iterator_t i, next;
  (void)root;
  snd_config_for_each(i, next, conf) {
    snd_config_t *entry = snd_config_iterator_entry(i);
    const char *id;
    if (snd_config_get_id(entry, &id) >= 0 && !strcmp(id, "air")) snd_config_get_string(entry, &path);
  }
  if (!path) return -EINVAL;
  card *c = calloc(1, sizeof *c);
  if (!c) return -ENOMEM;
  c->air = enter(path);
  if (!c->air) {
    free(c);
    return -errno;
  }
  c->io.version = SND_PCM_IOPLUG_VERSION;
  c->io.name = "plain card";
  c->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  c->io.poll_events = POLLIN;
  c->io.callback = &callbacks;
  c->io.private_data = c;
  int error = snd_pcm_ioplug_create(&c->io, name, stream, mode);
  if (error < 0) return error;
  const unsigned int access[] = {SND_PCM_ACCESS_RW_INTERLEAVED, SND_PCM_ACCESS_MMAP_INTERLEAVED};
  const unsigned int format[] = {SND_PCM_FORMAT_S16_LE};
  snd_pcm_ioplug_set_param_list(&c->io, SND_PCM_IOPLUG_HW_ACCESS, 2, access);
  snd_pcm_ioplug_set_param_list(&c->io, SND_PCM_IOPLUG_HW_FORMAT, 1, format);
  snd_pcm_ioplug_set_param_minmax(&c->io, SND_PCM_IOPLUG_HW_CHANNELS, 1, 1);
  snd_pcm_ioplug_set_param_minmax(&c->io, SND_PCM_IOPLUG_HW_RATE, RATE, RATE);
  snd_pcm_ioplug_set_param_minmax(&c->io, SND_PCM_IOPLUG_HW_PERIOD_BYTES, 64, 16384);
  snd_pcm_ioplug_set_param_minmax(&c->io, SND_PCM_IOPLUG_HW_PERIODS, 2, 16);
  *pcmp = c->io.pcm;
  return 0;
}
SND_PCM_PLUGIN_SYMBOL(plain);
