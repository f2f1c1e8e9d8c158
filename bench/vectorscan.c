/*
 * The peer of `npm run bench:scan`: Vectorscan in block mode over one text in memory, with a callback that only counts.
 *
 *   vectorscan PATTERNS TEXT
 *
 * PATTERNS holds one regular expression a line. Says `ready COMPILED REFUSED`, then for each line of standard input
 * scans the whole text once and answers `NANOSECONDS MATCHES` (CPU time of the process). Ends with standard input.
 */
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *read_all(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  *length = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(*length + 1);
  if (bytes && fread(bytes, 1, *length, file) != *length) bytes = NULL;
  if (bytes) bytes[*length] = 0;
  fclose(file);
  return bytes;
}

static int count(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
  (void)id, (void)from, (void)to, (void)flags;
  ++*(unsigned long long *)context;
  return 0;
}

static long long cpu_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Is the expression one that Vectorscan takes? */
static int compiles(const char *expression) {
  hs_database_t *database = NULL;
  hs_compile_error_t *error = NULL;
  int fine = hs_compile(expression, 0, HS_MODE_BLOCK, NULL, &database, &error) == HS_SUCCESS;
  if (database) hs_free_database(database);
  if (error) hs_free_compile_error(error);
  return fine;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  size_t pattern_bytes, length;
  char *patterns = read_all(argv[1], &pattern_bytes);
  char *text = read_all(argv[2], &length);
  if (!patterns || !text) return 2;

  const char *expressions[1024];
  unsigned ids[1024], flags[1024], compiled = 0, refused = 0;
  for (char *line = strtok(patterns, "\n"); line && compiled < 1024; line = strtok(NULL, "\n")) {
    if (!compiles(line)) {
      ++refused;
      continue;
    }
    expressions[compiled] = line;
    ids[compiled] = compiled;
    flags[compiled] = 0;
    ++compiled;
  }

  hs_database_t *database = NULL;
  hs_scratch_t *scratch = NULL;
  hs_compile_error_t *error = NULL;
  if (hs_compile_multi(expressions, flags, ids, compiled, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS) {
    fprintf(stderr, "vectorscan: %s\n", error ? error->message : "not compiled");
    return 1;
  }
  if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS) return 1;
  printf("ready %u %u\n", compiled, refused);
  fflush(stdout);

  for (char line[16]; fgets(line, sizeof line, stdin);) {
    unsigned long long matches = 0;
    long long began = cpu_now();
    hs_scan(database, text, (unsigned)length, 0, scratch, count, &matches);
    printf("%lld %llu\n", cpu_now() - began, matches);
    fflush(stdout);
  }
  return 0;
}
