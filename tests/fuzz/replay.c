/* Feeds a fuzz target without libFuzzer: every file of its corpus, then mutations of them drawn
   from a seed that does not change, so that a failure comes again. replay FOLDER [MUTATIONS] */
#include "base/prng.h"
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define FILES_MAX       256
#define MUTATIONS_USUAL 200000

struct input {
    uint8_t bytes[FUZZ_INPUT_MAX];
    size_t size;
};

static struct input corpus[FILES_MAX];
static size_t corpus_count;

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool read_input(const char *folder, const char *name)
{
    char path[1024];
    FILE *file = NULL;
    struct input *input = &corpus[corpus_count];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rbe");
    if (file == NULL || corpus_count == FILES_MAX) {
        return false;
    }
    input->size = fread(input->bytes, 1, sizeof input->bytes, file);
    corpus_count++;
    return fclose(file) == 0;
}

/* In the order of names: the same on every machine. */
static bool read_corpus(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_file, alphasort);
    bool fine = count > 0;

    for (int i = 0; i < count; i++) {
        fine = read_input(folder, entries[i]->d_name) && fine;
        free(entries[i]);
    }
    free(entries);
    return fine;
}

static size_t drawn(struct prng *prng, size_t bound)
{
    return (size_t)prng_below(prng, bound);
}

static void insert(struct input *input, size_t at, const uint8_t *bytes, size_t length)
{
    size_t room = sizeof input->bytes - input->size;

    length = length < room ? length : room;
    memmove(input->bytes + at + length, input->bytes + at, input->size - at);
    memmove(input->bytes + at, bytes, length);
    input->size += length;
}

static void mutate(struct input *input, struct prng *prng)
{
    size_t at = drawn(prng, input->size + 1);
    size_t length = drawn(prng, 8) + 1;
    const struct input *other = &corpus[drawn(prng, corpus_count)];
    size_t from = drawn(prng, other->size + 1);
    uint8_t byte = (uint8_t)prng_next(prng);

    switch (prng_below(prng, 5)) {
    case 0:
        if (at < input->size) {
            input->bytes[at] = byte;
        }
        break;
    case 1:
        if (at < input->size) {
            input->bytes[at] ^= (uint8_t)(1U << byte % 8);
        }
        break;
    case 2:
        length = length < input->size - at ? length : input->size - at;
        memmove(input->bytes + at, input->bytes + at + length, input->size - at - length);
        input->size -= length;
        break;
    case 3:
        insert(input, at, &byte, 1);
        break;
    default:
        insert(input, at, other->bytes + from, other->size - from);
        break;
    }
}

int main(int argc, char **argv)
{
    long mutations = argc > 2 ? strtol(argv[2], NULL, 10) : MUTATIONS_USUAL;
    struct prng prng;
    static struct input input;

    if (argc < 2 || !read_corpus(argv[1])) {
        (void)fprintf(stderr, "usage: %s FOLDER [MUTATIONS], the folder with a file\n", argv[0]);
        return 2;
    }
    (void)printf("1..2\n");
    for (size_t i = 0; i < corpus_count; i++) {
        (void)LLVMFuzzerTestOneInput(corpus[i].bytes, corpus[i].size);
    }
    (void)printf("ok 1 - %zu files of %s\n", corpus_count, argv[1]);
    (void)fflush(stdout); /* the next one may abort */
    prng_init(&prng, 1, 0);
    for (long i = 0; i < mutations; i++) {
        input = corpus[drawn(&prng, corpus_count)];
        for (size_t left = drawn(&prng, 6) + 1; left > 0; left--) {
            mutate(&input, &prng);
        }
        (void)LLVMFuzzerTestOneInput(input.bytes, input.size);
    }
    (void)printf("ok 2 - %ld mutations of them\n", mutations);
    return 0;
}
