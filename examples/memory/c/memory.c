// A participant of shared memory, made of docs/shared-memory.md and the C library.

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEADER = 64, INT64 = 8, FLOAT64 = 11, IN_USE = 1 };

struct header {
  char magic[8];
  uint32_t version, type;
  uint64_t length, incarnation;
  volatile uint64_t sequence;
  volatile uint32_t state, writers_died;
  uint8_t zeros[16];
};
_Static_assert(sizeof(struct header) == HEADER, "the layout of the page");

static const struct { const char *name; int numbers; } COMMANDS[] = {
    {"describe", 0}, {"sum", 0}, {"negate", 0}, {"check", 2}, {"set", 2}, {"get", 1}, {"add", 3}};

static _Noreturn void fail(const char *sentence, ...) {
  va_list values;
  va_start(values, sentence);
  vfprintf(stderr, sentence, values);
  fputc('\n', stderr);
  exit(1);
}

static struct header *map_segment(const char *path, size_t *size) {
  struct stat status;
  int file = open(path, O_RDWR | O_CLOEXEC);
  if (file < 0 || fstat(file, &status) != 0)
    fail("Expected a segment at %s, but it cannot be opened: %s", path, strerror(errno));
  *size = (size_t)status.st_size;
  if (*size < HEADER) fail("Expected a header of 64 bytes, but the file has %zu", *size);
  void *memory = mmap(NULL, *size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED)
    fail("Expected a segment at %s, but it cannot be mapped: %s", path, strerror(errno));
  close(file);
  return memory;
}

static int64_t whole(const char *word) {
  char *end;
  errno = 0;
  int64_t number = strtoll(word, &end, 10);
  if (end == word || *end || errno) fail("Expected numbers of INT64, but it is %s", word);
  return number;
}

static double real(const char *word) {
  char *end;
  double number = strtod(word, &end);
  if (end == word || *end) fail("Expected numbers of FLOAT64, but it is %s", word);
  return number;
}

// In C a sum that is too large for a number with a sign means nothing: one without wraps around.
static void run_whole(_Atomic int64_t *elements, uint64_t length, const char *command, char **words) {
  uint64_t sum = 0, first = words[0] ? (uint64_t)whole(words[0]) : 0; // or the index
  if (!strcmp(command, "sum")) {
    for (uint64_t i = 0; i < length; i++)
      sum += (uint64_t)atomic_load_explicit(&elements[i], memory_order_relaxed);
    printf("%" PRId64 "\n", (int64_t)sum);
  } else if (!strcmp(command, "negate")) {
    for (uint64_t i = 0; i < length; i++) {
      uint64_t element = (uint64_t)atomic_load_explicit(&elements[i], memory_order_relaxed);
      atomic_store_explicit(&elements[i], (int64_t)-element, memory_order_relaxed);
    }
  } else if (!strcmp(command, "check")) {
    for (uint64_t i = 0, step = (uint64_t)whole(words[1]); i < length; i++) {
      int64_t element = elements[i], expected = (int64_t)(first + i * step);
      if (element != expected)
        fail("Expected %" PRId64 " as element %" PRIu64 ", but it is %" PRId64, expected, i, element);
    }
    printf("%" PRIu64 " elements are as expected\n", length);
  } else if (!strcmp(command, "set")) {
    elements[first] = whole(words[1]);
  } else if (!strcmp(command, "get")) {
    printf("%" PRId64 "\n", elements[first]);
  } else {
    int64_t amount = whole(words[1]);
    for (int64_t times = whole(words[2]); times > 0; times--) atomic_fetch_add(&elements[first], amount);
  }
}

static void run_real(volatile double *elements, uint64_t length, const char *command, char **words) {
  double sum = 0;
  if (!strcmp(command, "sum")) {
    for (uint64_t i = 0; i < length; i++) sum += elements[i];
    printf("%.17g\n", sum);
  } else if (!strcmp(command, "negate")) {
    for (uint64_t i = 0; i < length; i++) elements[i] = -elements[i];
  } else if (!strcmp(command, "check")) {
    double first = real(words[0]), step = real(words[1]);
    for (uint64_t i = 0; i < length; i++) {
      double element = elements[i], expected = first + (double)i * step;
      if (!(element == expected))
        fail("Expected %.17g as element %" PRIu64 ", but it is %.17g", expected, i, element);
    }
    printf("%" PRIu64 " elements are as expected\n", length);
  } else if (!strcmp(command, "set")) {
    elements[whole(words[0])] = real(words[1]);
  } else if (!strcmp(command, "get")) {
    printf("%.17g\n", elements[whole(words[0])]);
  } else {
    fail("Expected elements of INT64 to add to, but they are of FLOAT64");
  }
}

int main(int count, char **words) {
  bool known = false;
  for (size_t i = 0; count > 2 && i < sizeof COMMANDS / sizeof *COMMANDS; i++)
    known |= !strcmp(words[2], COMMANDS[i].name) && count - 3 == COMMANDS[i].numbers;
  if (!known) fail("Expected PATH and a command with its numbers, but it is another");
  size_t size;
  struct header *header = map_segment(words[1], &size);
  const char *command = words[2], *name = header->type == INT64 ? "INT64" : "FLOAT64";
  uint64_t length = header->length;
  if (memcmp(header->magic, "POLYPROC", 8))
    fail("Expected a segment, which begins with POLYPROC, but it is another file");
  if (header->version != 1) fail("Expected version 1, but it is %" PRIu32, header->version);
  if (header->type != INT64 && header->type != FLOAT64)
    fail("Expected elements of INT64 (8) or FLOAT64 (11), but their type is %" PRIu32, header->type);
  if (size % 8 || (size - HEADER) / 8 != length)
    fail("Expected %" PRIu64 " elements of 8 bytes after the header, but the file has %zu bytes", length, size);
  if (header->state != IN_USE)
    fail("Expected a segment that is in use (1), but its state is %" PRIu32, header->state);
  if (strstr("set get add", command) && (uint64_t)whole(words[3]) >= length) // which a negative one is, too
    fail("Expected an index below %" PRIu64 ", but it is %s", length, words[3]);
  if (!strcmp(command, "describe"))
    printf("%s, %" PRIu64 " elements, state %" PRIu32 ", sequence %" PRIu64 ", %" PRIu32 " writers died\n",
           name, length, header->state, header->sequence, header->writers_died);
  else if (header->type == INT64)
    run_whole((_Atomic int64_t *)(header + 1), length, command, words + 3);
  else
    run_real((volatile double *)(header + 1), length, command, words + 3);
}
